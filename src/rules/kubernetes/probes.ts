/** Pods whose liveness probe kills them, or whose readiness probe keeps them out of service. */
import type { FindingBody } from '../../incident/types.ts';
import type { Container } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { causeOutside } from './crash-loop.ts';
import { namespaceRule } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, eventQuote, howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const probes = namespaceRule('probes', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'liveness' || failure.kind === 'unready').map((trouble) => describe(scope, trouble)));

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure, logs } = trouble;
  const kind = failure.message.startsWith('Startup') ? 'startup' : failure.kind === 'liveness' ? 'liveness' : 'readiness';
  const container = workload.template.containers.find((one) => one.name === failure.container?.name);
  const probe = container?.probes.find((one) => one.kind === kind);
  // A probe that changed is a cause by itself; else what its log names comes first.
  const changed = wayBack(scope, trouble, (one) => one.container === container?.name && ((one.field === 'probe' && one.name === kind) || one.field === 'port'));
  const outside = changed === undefined ? causeOutside(scope, trouble) : undefined;
  const back = changed ?? (outside === undefined ? wayBack(scope, trouble) : undefined);
  const said = decisiveLine(logs, container?.name);
  const elsewhere = container === undefined || probe === undefined ? '' : portWords(container, probe.port);
  return workloadFinding(scope, trouble, {
    mechanism: `${kind}-probe-failing${back !== undefined && changed === undefined ? '-since-rollout' : ''}`,
    title: `${workload.name} fails its ${kind} probe${probe === undefined ? '' : ` (${probe.text})`} in ${howMany(trouble)}${kind === 'readiness' ? ', so they get no traffic' : ' and is restarted for it'}`,
    explanation: `${short(failure.message)}. ${elsewhere}${outside !== undefined ? `Explained by this: ${outside.because}.` : back === undefined ? `${said === undefined ? '' : `Its log says: ${short(said.words, 160)}. `}Neither its template nor what it calls explains it.` : back.words}`,
    confidence: changed !== undefined ? 0.96 : back !== undefined ? (back.serving ? 0.9 : 0.82) : 0.8,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, failure.pod.name, failure.message), ...(said?.quote ?? []), ...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}:`)],
    remedy: back?.remedy,
    blames: outside?.blames,
  });
}

function portWords({ ports }: Container, port: string | number | undefined): string {
  if (port === undefined || ports.length === 0 || ports.some((one) => one.port === port || one.name === port)) return '';
  return `Port ${port} is not among those that its container names (${ports.map((one) => one.port).join(', ')}). `;
}
