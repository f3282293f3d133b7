/** Quotas, limit ranges, autoscalers, disruption budgets, priority classes. */
import type { HorizontalPodAutoscaler, LimitRange } from '../../objects/types.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { validateAutoscaler, validateDisruptionBudget, validateLimitRange, validatePriorityClassUpdate, validateQuota } from './validation/policy.ts';

export const policyStrategies: Record<string, Strategy> = {
  resourcequotas: strategy({ initialStatus: () => ({}), validate: (object) => validateQuota(as(object, 'resourcequotas')) }),
  limitranges: strategy({
    defaults: (object) => setLimitRangeDefaults(as(object, 'limitranges')),
    validate: (object) => validateLimitRange(as(object, 'limitranges')),
  }),
  'horizontalpodautoscalers.autoscaling': strategy({
    defaults: (object) => setAutoscalerDefaults(as(object, 'horizontalpodautoscalers.autoscaling')),
    initialStatus: () => ({ desiredReplicas: 0, currentMetrics: null }),
    validate: (object) => validateAutoscaler(as(object, 'horizontalpodautoscalers.autoscaling')),
  }),
  'poddisruptionbudgets.policy': strategy({
    initialStatus: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
    generationOf: ['spec'],
    validate: (object) => validateDisruptionBudget(as(object, 'poddisruptionbudgets.policy')),
  }),
  'priorityclasses.scheduling.k8s.io': strategy({
    namespaced: false,
    generationOf: ['value'],
    defaults: (object) => void (as(object, 'priorityclasses.scheduling.k8s.io').preemptionPolicy ??= 'PreemptLowerPriority'),
    validateUpdate: (next, previous) => validatePriorityClassUpdate(as(next, 'priorityclasses.scheduling.k8s.io'), as(previous, 'priorityclasses.scheduling.k8s.io')),
  }),
};

/** Containers: what is the limit by default is also the request; a minimum and a maximum are defaults of last resort. */
function setLimitRangeDefaults({ spec }: LimitRange): void {
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}

function setAutoscalerDefaults({ spec }: HorizontalPodAutoscaler): void {
  if (spec === undefined) return;
  spec.minReplicas ??= 1;
  spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  if (spec.behavior === undefined) return;
  const { scaleUp, scaleDown } = spec.behavior;
  spec.behavior.scaleUp = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }], ...scaleUp };
  spec.behavior.scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }], ...scaleDown };
}
