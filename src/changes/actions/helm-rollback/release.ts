/** A Helm release as its history and its manifests tell. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../canonical-json.ts';
import { RefusedError } from '../../errors.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, difference, pathsIn } from '../kubectl/json-patch.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { nameOf, textAt, textsAt } from '../kubectl/objects.ts';
import { powersIn } from '../kubectl/rights.ts';
import { showDifference } from '../kubectl/show.ts';
import { plain } from '../words.ts';
import { objectsIn } from './documents.ts';

const history = z.array(z.object({ revision: z.number(), status: z.string(), chart: z.string().optional(), app_version: z.string().optional(), description: z.string().optional(), updated: z.string().optional() }));
export type ReleaseRevision = z.infer<typeof history>[number];

/** Oldest first. Throws RefusedError when there is no such release, ProgramError when it can't be read. */
export async function readHistory(release: string, helm: Program): Promise<ReleaseRevision[]> {
  try {
    const { stdout } = await helm.run(['history', release, '--max=256'], { flags: ['--output=json'] });
    return history.parse(JSON.parse(stdout)).sort((one, other) => one.revision - other.revision);
  } catch (error) {
    if (error instanceof ProgramError && /release: not found/.test(error.stderr)) throw new RefusedError(`There is no Helm release ${release} in this namespace.`, { cause: error });
    throw error;
  }
}

export interface Manifest {
  /** By `kind/namespace/name`. */
  objects: Map<string, JsonObject>;
  hash: string;
}

export async function readManifest(release: string, revision: number, helm: Program): Promise<Manifest> {
  return manifestFrom((await helm.run(['get', 'manifest', release, `--revision=${revision}`])).stdout);
}

/** `text` as `helm get manifest` prints it: with a line end behind it. */
export function manifestFrom(text: string): Manifest {
  const objects = new Map<string, JsonObject>();
  for (const object of objectsIn(text)) objects.set(freeKey(object, objects), object);
  return { objects, hash: hashOf(text) };
}

/** Two groups may have a kind of the same name: neither object hides the other. */
function freeKey(object: JsonObject, taken: ReadonlyMap<string, JsonObject>): string {
  const key = keyOf(object);
  if (!taken.has(key)) return key;
  const longer = plain(`${key} (${String(object['apiVersion'])})`);
  if (taken.has(longer)) throw new RefusedError(`The manifest that is stored with the release holds ${longer} more than once: do this one by hand.`);
  return longer;
}

export interface Hooks {
  /** Those that run with a rollback. */
  objects: JsonObject[];
  hash: string;
}

/** In hexadecimal: whatever stands in a hook stays within its line. */
const hooksTemplate = '{{range .Release.Hooks}}{{printf "%x %x" .Manifest .Events}}{{"\\n"}}{{end}}';

/** A rollback runs the hooks of the revision that it goes back to; they stand in no manifest. */
export async function readHooks(release: string, revision: number, helm: Program): Promise<Hooks> {
  const { stdout } = await helm.run(['get', 'all', release, `--revision=${revision}`, `--template=${hooksTemplate}`]);
  const { hooks, hooksHash } = hooksIn(stdout.split('\n').filter((line) => line !== '').map(storedHook), /^(?:pre|post)-rollback$/);
  return { objects: hooks, hash: hooksHash };
}

interface StoredHook {
  manifest: string;
  /** What helm goes by; the annotation in the manifest is only what it was made from, if nobody has touched it since. */
  events: readonly string[];
}

function storedHook(line: string): StoredHook {
  const [, manifest, events] = /^((?:[0-9a-f]{2})*) \[([0-9a-f ]*)\]$/.exec(line) ?? [];
  if (manifest === undefined || events === undefined) throw new RefusedError('The hooks that are stored with the release could not be read: do this one by hand.');
  const text = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8');
  return { manifest: text(manifest), events: events.split(' ').filter((event) => event !== '').map(text) };
}

/** Those that run at these events: by what is stored, or by what they say themselves. */
export function hooksIn(stored: readonly StoredHook[], wanted: RegExp): { hooks: JsonObject[]; hooksHash: string } {
  const hooks = stored.flatMap(({ manifest, events }) => objectsIn(manifest).filter((object) => [...events, ...whenOf(object).split(',')].some((event) => wanted.test(event.trim()))));
  return { hooks, hooksHash: hashOf(canonicalJson(hooks)) };
}

/** `Job/migrate (pre-rollback)` */
export const hookWords = (hook: JsonObject): string => plain(`${keyOf(hook)} (${whenOf(hook) || 'it does not say when'})`, 200);

const whenOf = (hook: JsonObject): string => textsAt(hook, '/metadata/annotations')['helm.sh/hook'] ?? '';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface ManifestDifference {
  text: string;
  changed: string[];
  removed: string[];
  added: string[];
  /** Fields that give rights or reach the host, each once. */
  powers: string[];
}

/** Values of Secrets are hidden, whatever they are. */
export function manifestDifference(before: Manifest, after: Manifest): ManifestDifference {
  const added = [...after.objects.keys()].filter((key) => !before.objects.has(key)).sort();
  const removed = [...before.objects.keys()].filter((key) => !after.objects.has(key)).sort();
  const changed: string[] = [];
  const parts: string[] = [];
  const touched = added.flatMap((key) => pathsIn('', after.objects.get(key)));
  for (const [key, object] of [...before.objects].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const next = after.objects.get(key);
    const operations = next === undefined ? [] : difference(object, next);
    if (next === undefined || operations.length === 0) continue;
    changed.push(key);
    touched.push(...operations.flatMap((operation) => pathsIn(operation.path, at(operation.op === 'remove' ? object : next, operation.path))));
    parts.push(`${key}\n${showDifference(operations, object, next).replaceAll(/^/gm, '  ')}`);
  }
  return { changed, added, removed, powers: powersIn(touched), text: [...parts, ...added.map((key) => `+ ${key} is created`), ...removed.map((key) => `- ${key} is deleted`)].join('\n') };
}

function keyOf(object: JsonObject): string {
  const namespace = textAt(object, '/metadata/namespace');
  return plain([String(object['kind']), ...(namespace === undefined ? [] : [namespace]), nameOf(object)].join('/'));
}
