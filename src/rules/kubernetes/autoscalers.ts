/** Autoscalers that can't do their work, or have no room left. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { Autoscaler } from '../cluster-readings.ts';
import { driftBack } from './drift-back.ts';
import { differences } from './differences.ts';
import { at, namespaceRule, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short } from './trouble-words.ts';

/** Metrics take a moment to come. */
const graceSeconds = 120;

export const autoscalers = namespaceRule('autoscaler', (scope) => scope.namespace.autoscalers.value.flatMap((one): FindingBody[] => {
  const base = { resource: resourceOf(scope, 'horizontalpodautoscaler', one.name), quotes: quoteLine(scope.namespace.autoscalers.evidence, `horizontalpodautoscaler ${one.name}:`) };
  // Its own trouble follows from a workload at zero; that is a finding of its own.
  const disabled = one.conditions.some((condition) => condition.reason === 'ScalingDisabled');
  const lacking = withoutRequest(scope, one);
  if (lacking !== undefined) return [lacking];
  const blind = one.conditions.find((condition) => (condition.type === 'ScalingActive' || condition.type === 'AbleToScale') && condition.status === 'False');
  if (blind !== undefined && !disabled && secondsAgo(scope, blind.since) > graceSeconds) {
    return [{ ...base, severity: 'warning', mechanism: blind.type === 'ScalingActive' ? 'autoscaler-without-metrics' : 'autoscaler-unable', title: `Autoscaler ${one.name} can't scale ${one.target.name}: ${short(blind.message, 120)}`, explanation: `${blind.reason}: ${short(blind.message, 300)}. Until that is right, ${one.target.name} stays at ${one.current}.`, confidence: 0.88, quotes: [...quoteLine(scope.namespace.autoscalers.evidence, `${blind.type}=False ${blind.reason}`), ...base.quotes] }];
  }
  const limited = one.conditions.find((condition) => condition.type === 'ScalingLimited' && condition.status === 'True' && condition.reason === 'TooManyReplicas');
  if (limited === undefined || one.current < one.maximum || one.maximum < 1) return [];
  return [{ ...base, severity: 'info', mechanism: 'autoscaler-at-maximum', title: `Autoscaler ${one.name} is at its maximum of ${one.maximum} and wants more for ${one.target.name}`, explanation: `${short(limited.message)}. If ${one.target.name} is slow, it may be short of replicas.`, confidence: 0.7 }];
}));

/** The metric is a share of what containers ask for: one that asks for nothing makes it blind, however long. */
function withoutRequest(scope: Scope, { name, target, conditions }: Autoscaler): FindingBody | undefined {
  const condition = conditions.find((one) => one.type === 'ScalingActive' && one.status === 'False');
  const [, what, container] = /missing request for (cpu|memory) in container (\S+)/.exec(condition?.message ?? '') ?? [];
  const workload = scope.namespace.workloads.value.find((one) => one.kind === target.kind && one.name === target.name);
  if (condition === undefined || what === undefined || container === undefined || workload === undefined) return undefined;
  const noted = driftBack(scope, workload, (one) => one.field === 'requests' && one.container === container);
  const newest = workload.revisions.at(-1);
  const before = newest === undefined || workload.paused ? undefined : workload.revisions.slice(0, -1).findLast((one) => differences(one.template, newest.template).some((each) => each.field === 'requests' && each.name === what && each.container === container && each.before !== undefined));
  const found = before === undefined || newest === undefined ? [] : differences(before.template, newest.template);
  const asked = found.find((one) => one.field === 'requests' && one.name === what && one.container === container)?.before;
  const alone: Action | undefined = asked === undefined ? undefined : { kind: 'kubectl.set_resources', ...at(scope), workload: workload.kind, name: workload.name, container, requests: { [what]: asked } };
  // What else changed since is wanted, for all that is known.
  const remedy = noted?.remedy ?? (before === undefined ? undefined : found.some((one) => one.field !== 'requests') ? alone : { kind: 'kubectl.rollout_undo' as const, ...at(scope), workload: workload.kind, name: workload.name, to_revision: before.revision });
  return {
    severity: 'warning',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'autoscaler-without-metrics',
    title: `Container ${container} of ${workload.name} asks for no ${what}, so autoscaler ${name} is blind and does not scale it`,
    explanation: `${condition.reason}: ${short(condition.message, 300)}. ${noted?.words ?? (before === undefined ? 'What it asked for is not noted.' : `Revision ${before.revision} asked for some.`)}`,
    confidence: 0.92,
    quotes: [...quoteLine(scope.namespace.autoscalers.evidence, `ScalingActive=False ${condition.reason}`), ...(noted?.quotes ?? [])],
    ...(remedy === undefined ? {} : { remedy }),
  };
}
