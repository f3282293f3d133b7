/** A pod that never gets past an init container, because that waits for something. */
import type { FindingBody } from '../../incident/types.ts';
import type { KubernetesService } from '../cluster-readings.ts';
import { kubernetesService } from '../resources.ts';
import { quoteLinesWhere } from '../quotes.ts';
import { duration } from '../words.ts';
import { workloadsBehind } from './dependencies.ts';
import { namespaceRule, isMissing, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const initContainers = namespaceRule('init-container', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'init').flatMap((trouble) => describe(scope, trouble)));

/** A migration may take its time; one that waits for a name that is not there never ends. */
const patienceSeconds = 120;

function describe(scope: Scope, trouble: Trouble): FindingBody[] {
  const { workload, failure, logs } = trouble;
  const name = failure.container?.name ?? '';
  const container = failure.pod.template.containers.find((one) => one.init && one.name === name);
  const own = logs.filter(({ value }) => value.container === name);
  const awaited = awaitedIn(scope, `${container?.command ?? ''}\n${own.flatMap(({ value }) => value.lines.slice(-5)).join('\n')}`);
  const seconds = secondsAgo(scope, failure.container?.running?.startedAt);
  const back = wayBack(scope, trouble, (one) => one.field === 'container' || one.container === name || /initContainers/.test(one.text) || one.field === 'other');
  const empty = awaited?.service !== undefined && (awaited.service.endpoints?.ready ?? 1) === 0;
  if (awaited?.missing !== true && !empty && back === undefined && seconds < patienceSeconds) return [];
  const blames = awaited?.service !== undefined && empty ? causeOf(scope, awaited.service) : undefined;
  const what = awaited?.missing === true ? `waits for ${awaited.name}, and there is no such Service` : empty ? `waits for ${awaited?.name}, which has no ready pod` : `has run for ${duration(seconds)} without ending`;
  return [workloadFinding(scope, trouble, {
    mechanism: 'init-container-blocked',
    title: `${workload.name} does not start ${howMany(trouble)}: init container ${name} ${what}`,
    explanation: `The other containers start when it has ended. It runs: ${short(container?.command ?? '', 160)}. ${back?.words ?? (blames === undefined ? 'No earlier revision without it is known to have served, so no change is proposed.' : '')}`.trim(),
    confidence: awaited?.missing === true ? 0.94 : 0.8,
    quotes: [...(back?.quotes ?? []), ...own.slice(0, 1).flatMap(({ evidence }) => quoteLinesWhere(evidence, 1, (line) => awaited === undefined || line.includes(awaited.name)))],
    remedy: back?.remedy,
    blames,
  })];
}

interface Awaited {
  name: string;
  missing: boolean;
  service?: KubernetesService;
}

const asks = /(?:nslookup|getent hosts|getent ahosts|dig(?: \+short)?|host|ping(?: -c ?\d+)?|nc(?: -[a-z]+)*(?: -w ?\d+)?|pg_isready(?: -[a-z]+)* -h|https?:\/\/|tcp:\/\/|\/dev\/tcp\/|wait-for(?:-it)?(?:\.sh)?)[ =]*"?([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)/g;

/** The first name in its command that by its form is a Service of this namespace. */
function awaitedIn(scope: Scope, text: string): Awaited | undefined {
  if (isMissing(scope, 'services')) return undefined;
  for (const [, host = ''] of text.matchAll(asks)) {
    const [name = '', space, rest] = host.split('.');
    if (space !== undefined && space !== scope.namespace.namespace) continue;
    if (host.includes('.') && rest !== undefined && rest !== 'svc') continue;
    const service = scope.namespace.services.value.find((one) => one.name === name);
    return { name, missing: service === undefined, ...(service === undefined ? {} : { service }) };
  }
  return undefined;
}

function causeOf(scope: Scope, service: KubernetesService): string {
  const sick = workloadsBehind(service, scope).find((one) => one.available < one.desired || one.desired === 0);
  return sick === undefined ? resourceOf(scope, kubernetesService, service.name) : workloadResourceOf(scope, sick);
}
