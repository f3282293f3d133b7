/** Where a secret value comes from, and what may be said about it. The value leaves this process towards the API server alone. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, escapeKey, isObject } from '../kubectl/json-patch.ts';
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
export async function readSource({ from, namespace, name, key, target }: Action, kubectl: Kubectl, { targets }: KindContext): Promise<SourceValue> {
  if (from.source === 'secret') {
    const secret = await kubectl.get({ resource: 'secret', namespace, name: from.name });
    refuseType(secret, `${namespace}/${from.name}`);
    const value = valueOf(secret, from.key);
    if (value === undefined) throw new RefusedError(`Secret ${namespace}/${from.name} has no key ${from.key}.`);
    return { value, words: `key ${from.key} of secret ${namespace}/${from.name}`, bound: { uid: uidOf(secret), resourceVersion: textAt(secret, '/metadata/resourceVersion') ?? '' } };
  }
  if (from.source === 'only other key') return otherKey(await kubectl.get({ resource: 'secret', namespace, name }), key, `${namespace}/${name}`);
  const listed = targets.clusters.find((cluster) => cluster.name === target)?.secrets ?? {};
  const secret = Object.hasOwn(listed, from.name) ? listed[from.name] : undefined;
  if (secret === undefined) throw new RefusedError(`sre-agent.yaml lists no secret ${from.name} for cluster ${target}; under targets.clusters it may: secrets: { ${from.name}: \${VARIABLE} }.`);
  try {
    return { value: Buffer.from(secret.reveal(), 'utf8'), words: `\${${secret.variable}} of the executor's environment`, bound: { variable: secret.variable } };
  } catch (error) {
    throw new RefusedError(error instanceof Error ? error.message : `\${${secret.variable}} is not set.`);
  }
}

function otherKey(secret: JsonObject, key: string, words: string): SourceValue {
  const data = at(secret, '/data');
  const others = (isObject(data) ? Object.keys(data) : []).filter((one) => one !== key);
  const [other] = others;
  const value = other === undefined ? undefined : valueOf(secret, other);
  if (other === undefined || value === undefined || others.length > 1) throw new RefusedError(`Secret ${words} has ${others.length === 0 ? 'no other key' : `${others.length} other keys, so which of them was meant is for a person to say`}.`);
  return { value, words: `key ${other} of secret ${words}, the only other one that it has`, bound: { uid: uidOf(secret), resourceVersion: textAt(secret, '/metadata/resourceVersion') ?? '', key: other } };
}

/** Undefined when the Secret has no such key. */
export function valueOf(secret: JsonObject, key: string): Buffer | undefined {
  const data = at(secret, `/data/${escapeKey(key)}`);
  return typeof data === 'string' ? Buffer.from(data, 'base64') : undefined;
}

/** Throws RefusedError for what is neither to be written nor to be handed on: identities, and what helm keeps. */
export function refuseType(secret: JsonObject, words: string): void {
  const type = textAt(secret, '/type') ?? 'Opaque';
  if (/^kubernetes\.io\/service-account-token$|^bootstrap\.kubernetes\.io\/|^helm\.sh\//.test(type)) throw new RefusedError(`Secret ${words} is of type ${type}, which belongs to the cluster or to helm.`);
}

/**
 * Enough to tell one value from another, for whoever reads cards and timelines, and not enough to try out guesses: the
 * hash is keyed with the executor's own credentials, and says nothing of the length.
 */
export function fingerprint(value: Buffer | undefined, kubeconfig: string): string {
  if (value === undefined) return 'absent';
  if (value.length === 0) return 'an empty value';
  const mark = createHmac('sha256', keyOf(kubeconfig)).update(value).digest('hex').slice(0, 8);
  return `a value marked ${mark}${/\s$/.test(value.toString('latin1')) ? ' that ends in white space' : ''}`;
}

/** All executors with the same kubeconfig agree. One without a credential in it (a token file, a plugin) has a key of this process alone. */
function keyOf(kubeconfig: string): Buffer {
  try {
    const text = readFileSync(kubeconfig, 'utf8');
    if (/\b(?:token|client-key-data|password):\s*\S/.test(text)) return createHash('sha256').update(`sre-agent/fingerprint/v1${text}`).digest();
  } catch {
    // kubectl says what is wrong with it.
  }
  return ownKey;
}

const ownKey = randomBytes(32);
