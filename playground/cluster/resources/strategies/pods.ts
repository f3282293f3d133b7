/** Pods and their templates. */
import type { StoredObject } from '../../objects/object.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { setPodDefaults, setPodTemplateDefaults } from './defaults/pod.ts';
import { qosClassOf } from './defaults/qos-class.ts';
import { validatePod, validatePodTemplate } from './validation/pod.ts';
import { validatePodUpdate } from './validation/pod-update.ts';

export const podStrategies: Record<string, Strategy> = {
  pods: strategy({
    defaults: (object) => setPodDefaults(as(object, 'pods').spec),
    initialStatus: (object) => ({ phase: 'Pending', qosClass: qosClassOf(as(object, 'pods').spec) }),
    generationOf: ['spec'],
    validate: (object) => validatePod(as(object, 'pods')),
    validateUpdate: (next, previous) => validatePodUpdate(as(next, 'pods'), as(previous, 'pods')),
    gracePeriodSeconds,
    selectableFields(object) {
      const { spec, status } = as(object, 'pods');
      return {
        'spec.nodeName': spec?.nodeName ?? '', 'spec.restartPolicy': spec?.restartPolicy ?? '', 'spec.schedulerName': spec?.schedulerName ?? '',
        'spec.serviceAccountName': spec?.serviceAccountName ?? '', 'spec.hostNetwork': String(spec?.hostNetwork ?? false), 'status.phase': status?.phase ?? '',
        'status.podIP': status?.podIP ?? '', 'status.nominatedNodeName': status?.nominatedNodeName ?? '',
      };
    },
  }),
  podtemplates: strategy({
    defaults: (object) => setPodTemplateDefaults(as(object, 'podtemplates').template?.spec),
    generationOf: ['template'],
    validate: (object) => validatePodTemplate(as(object, 'podtemplates').template, 'template'),
  }),
};

/** Asked for, else the pod's own; at once when it runs nowhere or has ended. */
function gracePeriodSeconds(object: StoredObject, asked: number | undefined): number {
  const { spec, status } = as(object, 'pods');
  if ((spec?.nodeName ?? '') === '' || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  const seconds = asked ?? spec?.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}
