/**
 * The actions as the orchestrator reads them: one line of fields and one of meaning for each kind that fits the systems at
 * hand. Their full schemas would fill the context several times over; code checks what comes back against those.
 */
import { z } from 'zod';
import type { ProposableAction } from '../../changes/action.ts';
import { proposableSchema } from '../../changes/action.ts';
import type { Targets } from '../../config/targets.ts';

type Kind = ProposableAction['kind'];
/** What is read of a JSON schema here. */
export interface Json {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Json[];
  oneOf?: Json[];
  items?: Json;
  properties?: Record<string, Json>;
  required?: string[];
  additionalProperties?: Json | boolean;
  minimum?: number;
  maximum?: number;
  description?: string;
}

/** Kinds that something in `targets` could be changed by, sorted. */
export function kindsFor(targets: Pick<Targets, 'clusters' | 'databases' | 'hosts' | 'operations'>): Kind[] {
  const has: Record<string, boolean> = {
    kubectl: targets.clusters.length > 0,
    helm: targets.clusters.length > 0,
    coredns: targets.clusters.length > 0,
    postgres: targets.databases.some(({ kind }) => kind === 'postgres'),
    mysql: targets.databases.some(({ kind }) => kind === 'mysql'),
    iptables: targets.hosts.some(({ url }) => url !== undefined),
    http: targets.operations.length > 0,
  };
  return [...schemas.keys()].filter((kind) => has[kind.split('.')[0] ?? ''] ?? true).sort();
}

/** Two lines a kind: `kubectl.scale { target, replicas: 0..1000 }` and what it does. */
export function describeActions(kinds: readonly Kind[]): string {
  return kinds.map((kind) => `${signatureOf(kind)}\n  ${schemas.get(kind)?.properties?.['kind']?.description ?? kind}`).join('\n');
}

export function signatureOf(kind: Kind): string {
  const { kind: _kind, ...fields } = schemas.get(kind)?.properties ?? {};
  return `${kind} ${objectText(fields, schemas.get(kind)?.required ?? [])}`;
}

export function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && schemas.has(kind as Kind);
}

const schemas: ReadonlyMap<Kind, Json> = new Map(
  proposableSchema.options.map((option) => [option.shape.kind.value as Kind, z.toJSONSchema(option, { io: 'input', reused: 'inline' }) as Json]),
);

function objectText(fields: Record<string, Json>, required: readonly string[]): string {
  const parts = Object.entries(fields).map(([name, field]) => {
    const shape = typeText(field);
    return `${name}${required.includes(name) ? '' : '?'}${shape === 'string' ? '' : `: ${shape}`}${field.description === undefined || isPlain(name) ? '' : ` (${field.description})`}`;
  });
  return `{ ${parts.join(', ')} }`;
}

/** Their meaning is the same everywhere and stands above the list. */
const isPlain = (name: string): boolean => ['target', 'namespace', 'name', 'container', 'schema', 'table'].includes(name);

function typeText(field: Json): string {
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum) return field.enum.map(String).join('|');
  const choices = field.anyOf ?? field.oneOf;
  if (choices) return choices.map(typeText).join(' | ');
  if (field.type === 'array') return `[${typeText(field.items ?? {})}]`;
  if (field.type === 'object') return field.properties ? objectText(field.properties, field.required ?? []) : '{ name: string }';
  if (field.type === 'integer' || field.type === 'number') return rangeText(field);
  return field.type ?? 'any';
}

function rangeText({ minimum, maximum }: Json): string {
  if (maximum === undefined || maximum >= 1_000_000) return 'number';
  return `${minimum ?? 0}..${maximum}`;
}
