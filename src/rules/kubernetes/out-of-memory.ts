/** A container that is killed because it reaches its memory limit. */
import type { FindingBody } from '../../incident/types.ts';
import type { Action } from '../../changes/action.ts';
import type { Workload } from '../cluster-readings.ts';
import { count } from '../words.ts';
import type { Difference } from './differences.ts';
import { bytesOf, doubled } from './quantities.ts';
import { at, namespaceRule } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, howMany, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const outOfMemory = namespaceRule('out-of-memory', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'memory').map((trouble) => describe(scope, trouble)));

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure } = trouble;
  const name = failure.container?.name ?? '';
  const limit = workload.template.containers.find((one) => one.name === name)?.limits['memory'];
  const lowered = wayBack(scope, trouble, (one) => one.field === 'memory-limit' && one.container === name && isLower(one));
  const back = lowered ?? wayBack(scope, trouble, (one) => one.container === name && ['image', 'command', 'variable', 'source'].includes(one.field));
  const twice = back === undefined && limit !== undefined ? doubled(limit) : undefined;
  const more = twice !== undefined && isRoomFor(scope, workload, limit ?? '', twice) ? twice : undefined;
  const raise: Action | undefined = more === undefined ? undefined : { kind: 'kubectl.set_resources', ...at(scope), workload: workload.kind, name: workload.name, container: name, limits: { memory: more } };
  return workloadFinding(scope, trouble, {
    mechanism: lowered !== undefined ? 'memory-limit-lowered' : back !== undefined ? 'out-of-memory-since-rollout' : 'out-of-memory',
    title: `${workload.name} runs out of memory in ${howMany(trouble)}: ${limit === undefined ? 'it has no limit of its own' : `its limit is ${limit}`} (OOMKilled, ${count(failure.container?.restarts ?? 0, 'restart')})`,
    explanation: `Container ${name} was killed for its memory. ${back !== undefined ? back.words : raise === undefined ? `Nothing that was changed explains it.${twice === undefined ? '' : ` Twice the limit (${twice}) is more than a node or the quota has left.`}` : `No rollout explains it, so it needs more than ${limit} or leaks; twice the limit (${more}) is the mildest way to find out.`}`,
    confidence: lowered !== undefined ? 0.96 : back !== undefined ? 0.85 : 0.65,
    quotes: [...(back?.quotes ?? []), ...(decisiveLine(trouble.logs, name)?.quote ?? [])],
    remedy: back?.remedy ?? raise,
  });
}

/** No pod is larger than the largest node, and all of them together fit what a quota leaves. */
function isRoomFor({ cluster, namespace }: Scope, { desired }: Workload, limit: string, more: string): boolean {
  const [now, then] = [bytesOf(limit) ?? 0, bytesOf(more) ?? 0];
  const nodes = (cluster.nodes?.value ?? []).flatMap(({ allocatable }) => bytesOf(allocatable['memory'] ?? '') ?? []);
  if (nodes.length > 0 && then > Math.max(...nodes)) return false;
  return namespace.quotas.value.every(({ hard, used }) => {
    const most = bytesOf(hard['limits.memory'] ?? '');
    return most === undefined || (bytesOf(used['limits.memory'] ?? '') ?? 0) + (then - now) * Math.max(1, desired) <= most;
  });
}

/** No limit before is more than any. */
function isLower({ before, after }: Difference): boolean {
  if (after === undefined) return false;
  return before === undefined || (bytesOf(after) ?? 0) < (bytesOf(before) ?? 0);
}
