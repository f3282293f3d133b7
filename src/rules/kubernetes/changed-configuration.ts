/** A service is unwell, and a ConfigMap that it or what it calls reads is not as it was last applied. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { isSecretVariable } from '../../redaction/secret-names.ts';
import { isHidden } from '../operations.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import { configurationCause } from './configuration-cause.ts';
import { configurationSuspects } from './configuration-suspects.ts';
import type { ChangedSetting, Suspect } from './configuration-suspects.ts';
import { keyMayGoBack } from './drift-gate.ts';
import { at, namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wordsOf } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';

export const changedConfiguration = namespaceRule('configuration-changed', (scope) => {
  // Where a log that ended with it names the key, that finding is the better one.
  const refused = new Set(troublesOf(scope).map((trouble) => configurationCause(scope, trouble)?.map));
  const suspects = configurationSuspects(scope).filter(({ map }) => !refused.has(map));
  const maps = [...new Set(suspects.map(({ map }) => map))];
  return maps.map((map) => describe(scope, suspects.filter((one) => one.map === map)));
});

const sure = { spoken: 0.93, meant: 0.88, silent: 0.68 };

function describe(scope: Scope, suspects: readonly Suspect[]): FindingBody {
  const best = strongest(suspects);
  const { map, settings, how, said, workload } = best;
  const [main] = settings;
  const services = list([...new Set(suspects.map(({ service }) => service.name))].slice(0, 4));
  const remedy = remedyOf(scope, best);
  const when = main?.changed.at === undefined || main.changed.at === '' ? '' : `, last written ${main.changed.at} by ${main.changed.manager}`;
  const { evidence } = scope.namespace.configMaps;
  return {
    severity: 'critical',
    resource: resourceOf(scope, 'configmap', map.name),
    mechanism: main?.meaning?.mechanism ?? 'bad-configmap-value',
    title: `${short(settings.slice(0, 2).map((one) => changeWords(one)).join(' and '), 110)} in ConfigMap ${map.name}, and ${services} ${suspects.length === 1 ? 'is' : 'are'} unwell`,
    explanation: `${list(settings.slice(0, 4).map((one) => `${pathOf(one)} was ${shown(one, one.before)} when it was last applied and is ${shown(one, one.after)}`))}${when}. ${workload.name} reads it. ${how === 'spoken' ? `The errors speak of it: ${short(wordsOf(said?.text ?? ''), 160)}.` : how === 'meant' ? `The errors are those of such a setting: ${short(wordsOf(said?.text ?? ''), 160)}.` : 'No error names it; it is the newest change on the way of these requests, and nothing else on that way is out of order.'} ${remedy === undefined ? 'What it was before is not noted in the cluster, or it stood so for hours or is a program\'s: no change is proposed.' : 'What it was is noted on the ConfigMap itself.'}`,
    confidence: sure[how],
    quotes: [...quoteLine(evidence, `configmap ${map.name}:`), ...settings.slice(0, 2).flatMap((one) => quoteLine(scope.namespace.drift?.evidence, `configmap ${map.name}: data.${one.changed.key} was applied as`)), ...(said === undefined ? [] : quoteLine(said.evidence, said.text))].slice(0, 4),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function strongest(suspects: readonly Suspect[]): Suspect {
  return [...suspects].sort((left, right) => sure[right.how] - sure[left.how] || left.distance - right.distance)[0] as Suspect;
}

/** One key goes back by itself; several that were written together in one patch. */
function remedyOf(scope: Scope, { map, settings }: Suspect): Action | undefined {
  const keys = [...new Map(settings.map(({ changed }) => [changed.key, changed])).values()];
  const former = keys.flatMap(({ key, former: value }) => (value === undefined || isSecretVariable(key) || (value !== null && isHidden(value)) ? [] : [[key, value] as const]));
  if (former.length === 0 || former.length < keys.length || !keys.every((one) => keyMayGoBack(scope, map.name, one))) return undefined;
  const [first] = former;
  if (former.length === 1 && first !== undefined) return { kind: 'kubectl.configmap_key', ...at(scope), name: map.name, key: first[0], value: first[1] };
  return { kind: 'kubectl.patch', ...at(scope), resource: 'configmap', name: map.name, type: 'merge', patch: JSON.stringify({ data: Object.fromEntries(former) }) };
}

function changeWords(setting: ChangedSetting): string {
  const { before, after } = setting;
  const what = pathOf(setting);
  if (after === undefined) return `${what} was removed`;
  if (before === undefined) return `${what} = ${shown(setting, after)} is new`;
  return `${what} went from ${shown(setting, before)} to ${shown(setting, after)}`;
}

/** `flags.json: maintenance` */
function pathOf({ inner, name, changed }: ChangedSetting): string {
  return inner ? `${changed.key}: ${name}` : name;
}

function shown({ name, changed }: ChangedSetting, value: string | undefined): string {
  if (value === undefined) return 'not there';
  return isSecretVariable(name.split('.').at(-1) ?? name) || isSecretVariable(changed.key) || isHidden(value) ? '(hidden)' : short(value, 60);
}
