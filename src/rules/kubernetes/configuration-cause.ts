/** A ConfigMap whose key a failing workload's own log complains about. */
import type { FindingBody } from '../../incident/types.ts';
import type { ConfigMap, PodTemplate } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { looksLikeError } from '../service/errors.ts';
import { mentions } from '../service/process.ts';
import { list } from '../words.ts';
import { settingsOf } from './dependencies.ts';
import { keyMayGoBack } from './drift-gate.ts';
import { changedKeys } from './former-values.ts';
import type { ChangedKey } from './former-values.ts';
import { at, namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wordsOf } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const configurationChange = namespaceRule('configmap-changed', (scope) => {
  const found = new Map<string, { cause: ConfigurationCause; names: string[] }>();
  for (const trouble of troublesOf(scope)) {
    const cause = configurationCause(scope, trouble);
    if (cause === undefined) continue;
    const key = `${cause.map.name} ${cause.changed.key}`;
    found.set(key, { cause, names: [...(found.get(key)?.names ?? []), trouble.workload.name] });
  }
  return [...found.values()].map(({ cause, names }) => describe(scope, cause, names));
});

export interface ConfigurationCause {
  map: ConfigMap;
  changed: ChangedKey;
  /** The error that names the key. */
  line: string;
}

const failsForIt = new Set(['crash', 'unready', 'liveness']);

/** Undefined when the newest revision changed the same variable itself, or the log names no key that changed. */
export function configurationCause(scope: Scope, { workload, failure, undo, logs }: Trouble): ConfigurationCause | undefined {
  if (!failsForIt.has(failure.kind)) return undefined;
  const lines = logs.flatMap(({ value }) => value.lines).filter(looksLikeError);
  if (undo?.differences.some((one) => one.field === 'variable' && one.name !== undefined && lines.some((line) => mentions(line, one.name ?? ''))) === true) return undefined;
  for (const map of mapsOf(workload.template, scope)) {
    for (const changed of changedKeys(map)) {
      const names = [changed.key, ...settingsOf(workload.template, scope).filter((one) => one.map?.name === map.name && one.map.key === changed.key).map((one) => one.variable)];
      const line = lines.findLast((one) => names.some((name) => mentions(one, name)));
      if (line !== undefined) return { map, changed, line };
    }
  }
  return undefined;
}

export function mapsOf(template: PodTemplate, { namespace }: Pick<Scope, 'namespace'>): ConfigMap[] {
  const names = new Set([
    ...template.containers.flatMap((one) => [...one.environmentFrom, ...one.environment.flatMap(({ from }) => (from === undefined ? [] : [from]))]).flatMap((source) => (source.kind === 'configmap' ? [source.name] : [])),
    ...template.volumes.flatMap((one) => (one.kind === 'configmap' ? [one.source] : [])),
  ]);
  return namespace.configMaps.value.filter((one) => names.has(one.name));
}

function describe(scope: Scope, { map, changed, line }: ConfigurationCause, names: readonly string[]): FindingBody {
  const { evidence } = scope.namespace.configMaps;
  const { now } = changed;
  const back = changed.former !== undefined && keyMayGoBack(scope, map.name, changed);
  const shown = now !== undefined && evidence.text.includes(`${changed.key}=${now}`) ? ` is ${JSON.stringify(short(now, 60))}` : '';
  return {
    severity: 'critical',
    resource: resourceOf(scope, 'configmap', map.name),
    mechanism: 'configmap-value-refused',
    title: `${list([...names])} ${names.length === 1 ? 'refuses' : 'refuse'} ${changed.key} of ConfigMap ${map.name}, which ${now === undefined ? 'was removed' : 'was changed'}${changed.at === '' ? '' : ` at ${changed.at}`}`,
    explanation: `${now === undefined ? `${changed.key} is not in it any more.` : `${changed.key}${shown === '' ? ' was written' : shown}, last written by ${changed.manager}.`} The log says: ${short(wordsOf(line.trim()), 160)}. ${changed.former === undefined ? 'Its former value is not noted in the cluster, so no change is proposed: a person must say what it should be.' : back ? 'Its former value is noted on the ConfigMap itself.' : 'A program wrote it, or it stood so for hours: no change is proposed.'}`,
    confidence: 0.9,
    quotes: [
      ...quoteLine(evidence, `configmap ${map.name}:`), ...quoteLine(evidence, `${changed.key}=${now ?? ''}`),
      ...scope.namespace.logs.flatMap(({ evidence: log }) => (log.text.includes(line.trim()) ? quoteLine(log, line.trim()) : [])).slice(0, 1),
    ],
    ...(changed.former === undefined || !back ? {} : { remedy: { kind: 'kubectl.configmap_key', ...at(scope), name: map.name, key: changed.key, value: changed.former } }),
  };
}
