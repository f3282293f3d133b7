/** Where a secret value comes from, and what may be said about it. The value leaves this process towards the API server alone. */
import { createHash } from 'node:crypto';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plural } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, escapeKey } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { textAt, uidOf } from '../kubectl/objects.ts';

type Action = ActionOf<'kubectl.secret_key'>;

export interface SourceValue {
  value: Buffer;
  /** `key password of secret shop/other` */
  words: string;
  /** What pins it for the digest: another version of a source is another change. */
  bound: Record<string, string>;
}

/** Throws RefusedError when there is no such source. */
export async function readSource({ from, namespace, target }: Action, kubectl: Kubectl, { targets }: KindContext): Promise<SourceValue> {
  if (from.source === 'secret') {
    const secret = await kubectl.get({ resource: 'secret', namespace, name: from.name });
    const value = valueOf(secret, from.key);
    if (value === undefined) throw new RefusedError(`Secret ${namespace}/${from.name} has no key ${from.key}.`);
    return { value, words: `key ${from.key} of secret ${namespace}/${from.name}`, bound: { uid: uidOf(secret), resourceVersion: textAt(secret, '/metadata/resourceVersion') ?? '' } };
  }
  const listed = targets.clusters.find((cluster) => cluster.name === target)?.secrets ?? {};
  const secret = Object.hasOwn(listed, from.name) ? listed[from.name] : undefined;
  if (secret === undefined) throw new RefusedError(`sre-agent.yaml lists no secret ${from.name} for cluster ${target}; under targets.clusters it may: secrets: { ${from.name}: \${VARIABLE} }.`);
  try {
    return { value: Buffer.from(secret.reveal(), 'utf8'), words: `\${${secret.variable}} of the executor's environment`, bound: { variable: secret.variable } };
  } catch (error) {
    throw new RefusedError(error instanceof Error ? error.message : `\${${secret.variable}} is not set.`);
  }
}

/** Undefined when the Secret has no such key. */
export function valueOf(secret: JsonObject, key: string): Buffer | undefined {
  const data = at(secret, `/data/${escapeKey(key)}`);
  return typeof data === 'string' ? Buffer.from(data, 'base64') : undefined;
}

/** Enough to recognise a value by, not to find it: 8 hex digits, and the length. */
export function fingerprint(value: Buffer | undefined): string {
  return value === undefined ? 'absent' : `${plural(value.length, 'byte')}, sha256 ${createHash('sha256').update(value).digest('hex').slice(0, 8)}…`;
}
