/** Controllers of pods. */
import { humanDuration, since } from '../../objects/duration.ts';
import type { JobCondition } from '../../objects/types.ts';
import { containerCells, containersColumn, imagesColumn, labelsText, selectorColumn, selectorOrNone, selectorText } from './selectors.ts';
import { age, ageColumn, column, nameColumn, table } from './table.ts';

export const deployments = table<'deployments.apps'>(
  [
    nameColumn,
    column('Ready', 'Pods that are ready, of those wanted.'),
    column('Up-to-date', 'Pods made from the current template.'),
    column('Available', 'Pods that have been ready for long enough.'),
    ageColumn, containersColumn, imagesColumn, selectorColumn,
  ],
  (object, now) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template),
    selectorText(object.spec?.selector),
  ],
);

const replicaColumns = [
  nameColumn,
  column('Desired', 'Pods wanted.', 'integer'),
  column('Current', 'Pods that exist.', 'integer'),
  column('Ready', 'Pods that are ready.', 'integer'),
  ageColumn, containersColumn, imagesColumn, selectorColumn,
];

export const replicaSets = table<'replicasets.apps'>(replicaColumns, (object, now) => [
  object.metadata.name, object.spec?.replicas ?? 0, object.status?.replicas ?? 0, object.status?.readyReplicas ?? 0, age(object, now),
  ...containerCells(object.spec?.template), selectorText(object.spec?.selector),
]);

export const replicationControllers = table<'replicationcontrollers'>(replicaColumns, (object, now) => [
  object.metadata.name, object.spec?.replicas ?? 0, object.status?.replicas ?? 0, object.status?.readyReplicas ?? 0, age(object, now),
  ...containerCells(object.spec?.template), labelsText(object.spec?.selector),
]);

export const statefulSets = table<'statefulsets.apps'>(
  [nameColumn, column('Ready', 'Pods that are ready, of those wanted.'), ageColumn, containersColumn, imagesColumn],
  (object, now) => [
    object.metadata.name, `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`, age(object, now),
    ...containerCells(object.spec?.template),
  ],
);

export const daemonSets = table<'daemonsets.apps'>(
  [
    nameColumn,
    column('Desired', 'Nodes that should run its pod.', 'integer'),
    column('Current', 'Nodes that run its pod and should.', 'integer'),
    column('Ready', 'Nodes whose pod is ready.', 'integer'),
    column('Up-to-date', 'Nodes whose pod has the current template.', 'integer'),
    column('Available', 'Nodes whose pod has been ready for long enough.', 'integer'),
    column('Node Selector', 'Labels of the nodes it is for.'),
    ageColumn, containersColumn, imagesColumn, selectorColumn,
  ],
  (object, now) => [
    object.metadata.name,
    object.status?.desiredNumberScheduled ?? 0, object.status?.currentNumberScheduled ?? 0, object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0, object.status?.numberAvailable ?? 0,
    labelsText(object.spec?.template.spec?.nodeSelector), age(object, now),
    ...containerCells(object.spec?.template), selectorText(object.spec?.selector),
  ],
);

export const controllerRevisions = table<'controllerrevisions.apps'>(
  [nameColumn, column('Controller', 'Object it is a revision of.'), column('Revision', 'Number of the revision.'), ageColumn],
  (object, now) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    const group = owner?.apiVersion.includes('/') === true ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
    return [object.metadata.name, owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}${group}/${owner.name}`, object.revision, age(object, now)];
  },
);

export const jobs = table<'jobs.batch'>(
  [
    nameColumn,
    column('Status', 'State of the job.'),
    column('Completions', 'Pods that succeeded, of those wanted.'),
    column('Duration', 'Time from its start to its end, or till now.'),
    ageColumn, containersColumn, imagesColumn, selectorColumn,
  ],
  (object, now) => {
    const { startTime, completionTime } = object.status ?? {};
    const end = completionTime === undefined ? now : Date.parse(completionTime);
    return [
      object.metadata.name, jobStatus(object.status?.conditions, object.metadata.deletionTimestamp !== undefined),
      completions(object.status?.succeeded ?? 0, object.spec?.completions, object.spec?.parallelism ?? 0),
      startTime === undefined ? '' : humanDuration(end - Date.parse(startTime)),
      age(object, now), ...containerCells(object.spec?.template), selectorText(object.spec?.selector),
    ];
  },
);

export const cronJobs = table<'cronjobs.batch'>(
  [
    nameColumn,
    column('Schedule', 'When it runs, in cron format.'),
    column('Timezone', 'Time zone of the schedule.'),
    column('Suspend', 'Whether it starts no more jobs.', 'boolean'),
    column('Active', 'Jobs that are running.', 'integer'),
    column('Last Schedule', 'Time since the last job was started.'),
    ageColumn, containersColumn, imagesColumn, selectorColumn,
  ],
  (object, now) => {
    const { suspend, schedule, timeZone, jobTemplate } = object.spec ?? {};
    const last = object.status?.lastScheduleTime;
    return [
      object.metadata.name, schedule ?? '', timeZone ?? '<none>', suspend === undefined ? '<unset>' : suspend ? 'True' : 'False',
      object.status?.active?.length ?? 0, last === undefined ? '<none>' : since(last, now), age(object, now),
      ...containerCells(jobTemplate?.spec?.template), selectorOrNone(jobTemplate?.spec?.selector),
    ];
  },
);

const jobStatus = (conditions: readonly JobCondition[] | null | undefined, deleted: boolean): string => {
  const holds = (wanted: string) => (conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (deleted) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
};

const completions = (succeeded: number, wanted: number | undefined, parallelism: number): string =>
  wanted !== undefined ? `${succeeded}/${wanted}` : parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
