/** Jobs and cron jobs. */
import type { Stored } from '../../../objects/object.ts';
import type { CronJob, Job, JobSpec } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { invalidValue, nonNegative, notSupported, oneOf, required } from './errors.ts';
import { validatePodTemplate } from './pod.ts';
import { templateFits, unchanged } from './selectors.ts';

export function validateJob({ metadata, spec }: Stored<Job>): FieldError[] {
  return [
    ...(metadata.name.length > 63 ? [invalidValue('spec.template.labels', metadata.name, 'must be no more than 63 bytes')] : []),
    ...(spec?.selector === undefined ? [required('spec.selector')] : []),
    ...(spec === undefined ? [] : validateJobSpec(spec, 'spec')),
    ...templateFits(spec?.selector, spec?.template),
  ];
}

export function validateJobUpdate({ spec }: Stored<Job>, { spec: before }: Stored<Job>): FieldError[] {
  const suspended = before?.suspend === true;
  return [
    ...(spec?.completionMode === 'Indexed' ? [] : unchanged(spec?.completions, before?.completions, 'spec.completions')),
    ...unchanged(spec?.selector, before?.selector, 'spec.selector'),
    ...(suspended ? [] : unchanged(spec?.template, before?.template, 'spec.template')),
    ...unchanged(spec?.completionMode, before?.completionMode, 'spec.completionMode'),
    ...unchanged(spec?.podFailurePolicy, before?.podFailurePolicy, 'spec.podFailurePolicy'),
    ...unchanged(spec?.backoffLimitPerIndex, before?.backoffLimitPerIndex, 'spec.backoffLimitPerIndex'),
    ...unchanged(spec?.managedBy, before?.managedBy, 'spec.managedBy'),
    ...unchanged(spec?.successPolicy, before?.successPolicy, 'spec.successPolicy'),
  ];
}

export function validateCronJob({ metadata, spec }: Stored<CronJob>): FieldError[] {
  const concurrency = ['Allow', 'Forbid', 'Replace'];
  return [
    ...(metadata.name.length > 52 ? [invalidValue('metadata.name', metadata.name, 'must be no more than 52 characters')] : []),
    ...scheduleErrors(spec?.schedule ?? '', 'spec.schedule'),
    ...nonNegative('spec.startingDeadlineSeconds', spec?.startingDeadlineSeconds),
    ...zoneErrors(spec?.timeZone, 'spec.timeZone'),
    ...oneOf('spec.concurrencyPolicy', spec?.concurrencyPolicy, concurrency),
    ...(spec?.jobTemplate?.spec === undefined ? [] : validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec')),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec?.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec?.failedJobsHistoryLimit),
  ];
}

function validateJobSpec(spec: JobSpec, field: string): FieldError[] {
  const counts = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const;
  const policy = spec.template?.spec?.restartPolicy;
  return [
    ...counts.flatMap((name) => nonNegative(`${field}.${name}`, spec[name])),
    ...(spec.completionMode === undefined || ['NonIndexed', 'Indexed'].includes(spec.completionMode) ? [] : [notSupported(`${field}.completionMode`, spec.completionMode, ['Indexed', 'NonIndexed'])]),
    ...(spec.completionMode === 'Indexed' && spec.completions === undefined ? [required(`${field}.completions`, 'when completion mode is Indexed')] : []),
    ...validatePodTemplate(spec.template, `${field}.template`),
    ...(policy === 'Always' ? [required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')] : []),
  ];
}

const fieldShape = /^(\*|\?|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/[0-9]+)?(,(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/[0-9]+)?)*$/;

function scheduleErrors(schedule: string, field: string): FieldError[] {
  if (schedule === '') return [required(field)];
  if (schedule.includes('TZ')) return [invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every .+)$/.test(schedule)) return [];
  if (schedule.startsWith('@')) return [invalidValue(field, schedule, `unrecognized descriptor: ${schedule}`)];
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== 5) return [invalidValue(field, schedule, `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)];
  const highest = [59, 23, 31, 12, 6];
  return parts.flatMap((part, index) => {
    if (!fieldShape.test(part)) return [invalidValue(field, schedule, `failed to parse int from ${part}: strconv.Atoi: parsing "${part}": invalid syntax`)];
    const most = highest[index] ?? 0;
    const above = part.replaceAll(/\/\d+/g, '').match(/\d+/g)?.map(Number).find((number) => number > most);
    return above === undefined ? [] : [invalidValue(field, schedule, `end of range (${above}) above maximum (${most}): ${part}`)];
  }).slice(0, 1);
}

function zoneErrors(zone: string | undefined, field: string): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalidValue(field, zone, 'timeZone must be nil or non-empty string')];
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone === '' ? [invalidValue(field, zone, `unknown time zone ${zone}`)] : [];
  } catch {
    return [invalidValue(field, zone, `unknown time zone ${zone}`)];
  }
}
