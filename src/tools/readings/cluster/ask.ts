/** Asks kubectl for lists of objects and tells what it could not give, in words. */
import type { Client } from '../../kubectl/client.ts';
import { flagsOf } from '../../kubectl/argv.ts';
import type { Where } from '../../kubectl/argv.ts';
import type { Place } from '../../kubectl/place.ts';
import { items } from './fields.ts';

export interface Listed {
  objects: unknown[];
  /** Kinds that were refused or unknown, with the cluster's words. */
  missing: { kind: string; message: string }[];
  /** Nothing could be read at all: why. */
  failure?: string;
}

const maxBytes = 24 * 1024 * 1024;
const atOnce = 4;

export function kindsArgv(where: Where, kinds: readonly string[], selector?: string): string[] {
  return ['get', kinds.join(','), ...flagsOf(where), ...(selector === undefined ? [] : [`--selector=${selector}`]), '--show-managed-fields=true', '--ignore-not-found=true', '--output=json'];
}

export function apiResourcesArgv(where: Where): string[] {
  return ['api-resources', ...flagsOf({ ...where, namespace: undefined }), '--namespaced=true', '--verbs=list', '--output=name'];
}

/** All kinds in one call; one by one where the server doesn't know one of them, or the answer is too large. */
export async function listKinds(client: Client, place: Place, kinds: readonly string[], signal: AbortSignal, selector?: string): Promise<Listed> {
  const answer = await client(place, (where) => kindsArgv(where, kinds, selector), { maxBytes, signal });
  const read = answer.truncated ? undefined : parseList(answer.text);
  if (!answer.failed && read !== undefined) return { objects: read.objects, missing: [] };
  const refused = refusals(read === undefined ? answer.text : read.rest, kinds);
  if (read !== undefined && refused.length > 0) return { objects: read.objects, missing: refused };
  if (kinds.length === 1) return refused.length > 0 || isUnknownKind(answer.text) ? { objects: [], missing: [{ kind: kinds[0] ?? '', message: firstLine(answer.text) }] } : { objects: [], missing: [], failure: firstLine(answer.truncated ? 'the answer was too large to be read' : answer.text) };
  if (!answer.truncated && !isUnknownKind(answer.text) && refused.length === 0) return { objects: [], missing: [], failure: answer.text.trim().split('\n').slice(0, 3).join(' ') };
  return oneByOne(client, place, kinds, signal, selector);
}

async function oneByOne(client: Client, place: Place, kinds: readonly string[], signal: AbortSignal, selector: string | undefined): Promise<Listed> {
  const found: Listed = { objects: [], missing: [] };
  const left = [...kinds];
  const lane = async (): Promise<void> => {
    for (let kind = left.shift(); kind !== undefined; kind = left.shift()) {
      const one = await listKinds(client, place, [kind], signal, selector);
      found.objects.push(...one.objects);
      found.missing.push(...one.missing, ...(one.failure === undefined ? [] : [{ kind, message: one.failure }]));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return found;
}

/** A List, and what is said after it; nothing printed is an empty list. */
function parseList(text: string): { objects: unknown[]; rest: string } | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return { objects: [], rest: '' };
  if (!trimmed.startsWith('{')) return undefined;
  const end = /^\}$/m.exec(trimmed);
  const json = end === null ? trimmed : trimmed.slice(0, end.index + 1);
  try {
    const parsed: unknown = JSON.parse(json);
    return { objects: items(parsed, 'items'), rest: trimmed.slice(json.length) };
  } catch {
    return undefined;
  }
}

/** `Error from server (Forbidden): secrets is forbidden: User "x" cannot list resource "secrets" ...` */
function refusals(text: string, kinds: readonly string[]): Listed['missing'] {
  const missing = text.split('\n').flatMap((line) => {
    const resource = /cannot list resource "([^"]+)"/.exec(line)?.[1];
    const kind = resource === undefined ? undefined : kinds.find((one) => one === resource || one.startsWith(`${resource}.`));
    return kind === undefined ? [] : [{ kind, message: line.trim() }];
  });
  return [...new Map(missing.map((one) => [one.kind, one])).values()];
}

function isUnknownKind(text: string): boolean {
  return /doesn't have a resource type|no matches for kind|could not find the requested resource/i.test(text);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
