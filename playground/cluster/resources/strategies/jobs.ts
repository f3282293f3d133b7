/** Jobs, which make their own selector, and cron jobs. */
import type { StoredObject } from '../../objects/object.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { setCronJobDefaults, setJobDefaults } from './defaults/workloads.ts';
import { validateCronJob, validateJob, validateJobUpdate } from './validation/jobs.ts';

export const jobStrategies: Record<string, Strategy> = {
  'jobs.batch': strategy({
    defaults: (object) => setJobDefaults(as(object, 'jobs.batch')),
    initialStatus: () => ({}),
    generationOf: ['spec'],
    prepareCreate: generateSelector,
    validate: (object) => validateJob(as(object, 'jobs.batch')),
    validateUpdate: (next, previous) => validateJobUpdate(as(next, 'jobs.batch'), as(previous, 'jobs.batch')),
    selectableFields: (object) => ({ 'status.successful': String(as(object, 'jobs.batch').status?.succeeded ?? 0) }),
  }),
  'cronjobs.batch': strategy({
    defaults: (object) => setCronJobDefaults(as(object, 'cronjobs.batch')),
    initialStatus: () => ({}),
    generationOf: ['spec'],
    validate: (object) => validateCronJob(as(object, 'cronjobs.batch')),
  }),
};

function generateSelector(object: StoredObject): void {
  const { spec, metadata } = as(object, 'jobs.batch');
  if (spec?.template === undefined || spec.manualSelector === true) return;
  const { uid, name } = metadata;
  const selecting = { 'batch.kubernetes.io/controller-uid': uid };
  const template = (spec.template.metadata ??= {});
  template.labels = { ...template.labels, ...selecting, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, ...selecting } };
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...template.labels };
}
