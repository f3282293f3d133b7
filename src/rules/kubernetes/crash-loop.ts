/** A container that starts and ends, over and over. */
import type { FindingBody } from '../../incident/types.ts';
import { databaseRules } from '../database/all.ts';
import { databaseOf, databaseResource } from '../resources.ts';
import { mentions } from '../service/process.ts';
import { count } from '../words.ts';
import { configurationCause } from './configuration-cause.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { driftedInput } from './drifted-input.ts';
import { refusedSecret } from './refused-secret.ts';
import { namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, howMany, short, shownDifference, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';
import { upstreamTrouble } from './upstream-trouble.ts';

export const crashLoop = namespaceRule('crash-loop', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'crash').map((trouble) => describe(scope, trouble)));

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure, logs } = trouble;
  const said = decisiveLine(logs, failure.container?.name);
  const outside = causeOutside(scope, trouble);
  const back = outside === undefined ? wayBack(scope, trouble) : undefined;
  const named = back?.differences.find((one) => one.name !== undefined && said !== undefined && mentions(said.line, one.name));
  const over = failure.container?.ended ?? failure.container?.last;
  return workloadFinding(scope, trouble, {
    mechanism: back === undefined ? 'crash-loop' : 'crash-loop-since-rollout',
    title: `${workload.name} ${failure.flapping === true ? 'keeps crashing' : 'does not stay up'} in ${howMany(trouble)} (exit code ${over?.exitCode ?? 'unknown'}, ${count(failure.container?.restarts ?? 0, 'restart')})${said === undefined ? '' : `: ${short(said.words, 120)}`}`,
    explanation: `${said === undefined ? 'Its log does not say why.' : `Its log ends with: ${short(said.words)}.`} ${outside !== undefined ? `Explained by this: ${outside.because}.` : back === undefined ? 'The pod template is one that served before, or there is none to compare with, so rolling back is not what follows.' : `${back.words}${named === undefined ? '' : ` Its log names ${shownDifference(named, scope.namespace.workloads.evidence)}.`}`}`,
    confidence: back === undefined ? 0.85 : named !== undefined || back.serving ? 0.96 : 0.88,
    quotes: [...(said?.quote ?? []), ...(back?.quotes ?? [])],
    remedy: back?.remedy,
    blames: outside?.blames,
  });
}

/** A ConfigMap, something that it calls, or its database: whatever its own log names. */
export function causeOutside(scope: Scope, trouble: Trouble): { blames: string; because: string } | undefined {
  const configuration = configurationCause(scope, trouble);
  if (configuration !== undefined) return { blames: resourceOf(scope, 'configmap', configuration.map.name), because: `its log names ${configuration.changed.key} of ConfigMap ${configuration.map.name}, which was changed` };
  // Without a word in its log, only where its own template does not explain it.
  return upstreamTrouble(scope, trouble) ?? databaseTrouble(scope, trouble) ?? secretTrouble(scope, trouble) ?? (wayBack(scope, trouble) === undefined ? driftedInput(scope, trouble) : undefined);
}

/** Where its own rollout did not bring another Secret. */
function secretTrouble(scope: Scope, trouble: Trouble): { blames: string; because: string } | undefined {
  const refused = refusedSecret(trouble);
  return refused === undefined || wayBack(scope, trouble) !== undefined ? undefined : { blames: resourceOf(scope, 'secret', refused.secret), because: `the database does not take the password that it has from Secret ${refused.secret}` };
}

const databaseWords = /\b(?:postgres\w*|database|ECONNREFUSED|53[0-4]00|57P0\d|28P01|3D000)\b|too many (?:clients|connections)|connection slots|password authentication failed/i;

export function databaseTrouble(scope: Scope, { workload, logs }: Pick<Trouble, 'workload' | 'logs'>): { blames: string; because: string } | undefined {
  if (!logs.some(({ value }) => value.lines.some((line) => databaseWords.test(line)))) return undefined;
  const names = new Set(servicesOfTemplate(workload.template, scope).map((service) => service.name));
  const databases = scope.readings.services.filter((service) => names.has(service.name)).flatMap((service) => service.databases);
  const sick = new Set(databaseRules.flatMap((rule) => rule.detect(scope.readings, scope.targets)).filter((finding) => finding.severity !== 'info').map((finding) => databaseOf(finding.resource)));
  const found = databases.find((name) => sick.has(name));
  return found === undefined ? undefined : { blames: databaseResource(found), because: `database ${found}, which its log speaks of, is unwell` };
}
