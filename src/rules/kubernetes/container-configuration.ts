/** A container can't be made because the ConfigMap, Secret or key that it names is not there, or because its command isn't. */
import type { FindingBody } from '../../incident/types.ts';
import { isNear } from './labels.ts';
import { at, namespaceRule } from './scope.ts';
import type { Scope } from './scope.ts';
import { eventQuote, howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';
import { deletedKey } from './former-values.ts';

export const containerConfiguration = namespaceRule('container-configuration', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'configuration').map((trouble) => describe(scope, trouble)));
export const containerStart = namespaceRule('container-start', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'start').map((trouble) => cantStart(scope, trouble)));

interface Missing {
  kind: 'configmap' | 'secret';
  name: string;
  key?: string;
}

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure } = trouble;
  const missing = missingIn(failure.message);
  const back = wayBack(scope, trouble, (one) => one.field === 'variable' || one.field === 'source' || one.field === 'volume' || one.field === 'container');
  const former = missing?.kind === 'configmap' && missing.key !== undefined && back === undefined ? deletedKey(scope, missing.name, missing.key) : undefined;
  const renamed = missing?.kind === 'secret' && missing.key !== undefined && back === undefined && trouble.short && !workload.paused ? { kind: 'kubectl.secret_key' as const, ...at(scope), name: missing.name, key: missing.key, from: { source: 'only other key' as const } } : undefined;
  const remedy = back?.remedy ?? renamed ?? (former === undefined || missing?.key === undefined ? undefined : { kind: 'kubectl.configmap_key' as const, ...at(scope), name: missing.name, key: missing.key, value: former });
  const what = missing === undefined ? short(failure.message, 120) : `${missing.kind === 'secret' ? 'Secret' : 'ConfigMap'} ${missing.name} ${missing.key === undefined ? 'does not exist' : `has no key ${missing.key}`}`;
  return workloadFinding(scope, trouble, {
    mechanism: missing === undefined ? 'container-configuration-error' : `missing-${missing.kind}${missing.key === undefined ? '' : '-key'}`,
    title: `${workload.name} can't create the container of ${howMany(trouble)}: ${what}`,
    explanation: `${failure.reason}: ${short(failure.message)}. ${back?.words ?? (remedy === undefined ? `${hint(scope, missing)}The pod template is not what changed, so rolling back would not help: ${missing === undefined ? 'correct what it names' : `put ${missing.key === undefined ? 'it' : 'the key'} back`}.` : renamed === undefined ? 'Its former value is noted on the ConfigMap itself.' : `The pod template is not what changed. If the Secret has exactly one other key, that one is put under the name that is asked for as well; the preview says which, and its value is shown to nobody. Is it another credential, put the right one there instead.`)}`,
    confidence: back === undefined ? 0.93 : 0.97,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, failure.pod.name, 'Failed', failure.message)],
    remedy,
  });
}

/** `configmap "x" not found`, `secret "x" not found`, `couldn't find key k in Secret ns/x` */
function missingIn(message: string): Missing | undefined {
  const whole = /\b(configmap|secret) "([^"]+)" not found/i.exec(message);
  if (whole?.[1] !== undefined && whole[2] !== undefined) return { kind: whole[1].toLowerCase() as Missing['kind'], name: whole[2] };
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+\/(\S+)/.exec(message);
  if (key?.[1] === undefined || key[2] === undefined || key[3] === undefined) return undefined;
  return { kind: key[2].toLowerCase() as Missing['kind'], name: key[3], key: key[1] };
}

/** Keys of Secrets are never read. */
function hint({ namespace }: Scope, missing: Missing | undefined): string {
  if (missing?.kind !== 'configmap') return '';
  const near = missing.key === undefined ? namespace.configMaps.value.map((one) => one.name).filter((name) => isNear(name, missing.name)) : (namespace.configMaps.value.find((one) => one.name === missing.name)?.keys ?? []).filter((key) => isNear(key, missing.key ?? ''));
  return near.length === 0 ? '' : `There is ${near.slice(0, 2).join(' and ')}, which is almost the same name. `;
}

function cantStart(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure } = trouble;
  const back = wayBack(scope, trouble, (one) => ['command', 'image', 'volume', 'container', 'other', 'source', 'variable'].includes(one.field));
  return workloadFinding(scope, trouble, {
    mechanism: 'container-start-error',
    title: `${workload.name} can't start the container of ${howMany(trouble)}: ${short(failure.message, 140)}`,
    explanation: `${failure.reason}: the runtime could not start its command. ${back?.words ?? 'No earlier revision with another command or image is known to have served.'}`,
    confidence: back === undefined ? 0.85 : 0.95,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, failure.pod.name, 'Failed')],
    remedy: back?.remedy,
  });
}
