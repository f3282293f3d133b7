/** Autoscalers that can't do their work, or have no room left. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import { namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import { short } from './trouble-words.ts';

/** Metrics take a moment to come. */
const graceSeconds = 120;

export const autoscalers = namespaceRule('autoscaler', (scope) => scope.namespace.autoscalers.value.flatMap((one): FindingBody[] => {
  const base = { resource: resourceOf(scope, 'horizontalpodautoscaler', one.name), quotes: quoteLine(scope.namespace.autoscalers.evidence, `horizontalpodautoscaler ${one.name}:`) };
  // Its own trouble follows from a workload at zero; that is a finding of its own.
  const disabled = one.conditions.some((condition) => condition.reason === 'ScalingDisabled');
  const blind = one.conditions.find((condition) => (condition.type === 'ScalingActive' || condition.type === 'AbleToScale') && condition.status === 'False');
  if (blind !== undefined && !disabled && secondsAgo(scope, blind.since) > graceSeconds) {
    return [{ ...base, severity: 'warning', mechanism: blind.type === 'ScalingActive' ? 'autoscaler-without-metrics' : 'autoscaler-unable', title: `Autoscaler ${one.name} can't scale ${one.target.name}: ${short(blind.message, 120)}`, explanation: `${blind.reason}: ${short(blind.message, 300)}. Until that is right, ${one.target.name} stays at ${one.current}.`, confidence: 0.88, quotes: [...quoteLine(scope.namespace.autoscalers.evidence, `${blind.type}=False ${blind.reason}`), ...base.quotes] }];
  }
  const limited = one.conditions.find((condition) => condition.type === 'ScalingLimited' && condition.status === 'True' && condition.reason === 'TooManyReplicas');
  if (limited === undefined || one.current < one.maximum || one.maximum < 1) return [];
  return [{ ...base, severity: 'info', mechanism: 'autoscaler-at-maximum', title: `Autoscaler ${one.name} is at its maximum of ${one.maximum} and wants more for ${one.target.name}`, explanation: `${short(limited.message)}. If ${one.target.name} is slow, it may be short of replicas.`, confidence: 0.7 }];
}));
