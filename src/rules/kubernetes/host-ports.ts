/** Two workloads that want the same port of every node, perhaps in different namespaces: the one that came to it last is to blame. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { PodTemplate, Workload, WorkloadRevision } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { differences } from './differences.ts';
import { at, namespaceRule, scopesOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';

export const hostPorts = namespaceRule('host-port', (scope) => [...new Map(waiting(scope).flatMap(({ workload }) => rivalOf(scope, workload) ?? []).map((rival) => [rival.workload, rival])).values()].map(describe));

const waiting = (scope: Scope): { workload: Workload }[] => troublesOf(scope).filter(({ failure }) => failure.kind === 'unschedulable' && /free ports/.test(failure.message));

interface Rival {
  home: Scope;
  workload: Workload;
  port: number;
  /** Who has no place for it. */
  loser: string;
  /** The revision that took the port, and the one before it that did not. */
  taken: { newest: WorkloadRevision; before: WorkloadRevision };
}

/** A workload in any namespace that was read whose newest revision took a port that this one has wanted longer. */
export function rivalOf(scope: Scope, loser: Workload): Rival | undefined {
  const ports = new Set(hostPortsOf(loser.template));
  for (const home of scopesOf(scope.readings, scope.targets).filter((one) => one.cluster === scope.cluster)) {
    for (const workload of home.namespace.workloads.value) {
      const port = workload === loser || workload.available === 0 ? undefined : hostPortsOf(workload.template).find((one) => ports.has(one));
      const newest = workload.revisions.at(-1);
      const before = port === undefined ? undefined : workload.revisions.slice(0, -1).findLast((one) => !hostPortsOf(one.template).includes(port));
      if (port === undefined || newest === undefined || before === undefined || workload.paused) continue;
      if ((newest.createdAt ?? '') > (loser.revisions.at(-1)?.createdAt ?? '')) return { home, workload, port, loser: loser.name, taken: { newest, before } };
    }
  }
  return undefined;
}

function hostPortsOf(template: PodTemplate): number[] {
  return template.containers.flatMap((one) => one.ports.flatMap(({ host }) => host ?? []));
}

function describe({ home, workload, port, loser, taken: { newest, before } }: Rival): FindingBody {
  const { evidence } = home.namespace.workloads;
  const remedy: Action = { kind: 'kubectl.rollout_undo', ...at(home), workload: workload.kind, name: workload.name, to_revision: before.revision };
  const found = differences(before.template, newest.template);
  const changes = found.map(({ text }) => text);
  // What else it brought is wanted, for all that is known.
  const whole = found.every((one) => one.field === 'port' || one.text.includes(String(port)));
  return {
    severity: 'critical',
    resource: workloadResourceOf(home, workload),
    mechanism: 'host-port-conflict',
    title: `${workload.name} took port ${port} of the nodes in revision ${newest.revision}, which ${loser} has wanted for longer`,
    explanation: `A port of a node goes to one pod only, so ${loser} finds no node with it free. Revision ${before.revision} of ${workload.name} did without it: ${changes.slice(0, 3).join('; ')}.`,
    confidence: 0.9,
    quotes: [...quoteLine(evidence, `changed in revision ${newest.revision} of ${workload.name} since revision ${before.revision}:`, String(port)), ...quoteLine(evidence, `${workload.kind} ${workload.name}:`)],
    ...(whole ? { remedy } : {}),
  };
}
