/** Jobs that failed, and schedules whose newest runs fail. */
import type { FindingBody } from '../../incident/types.ts';
import type { Job } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { count } from '../words.ts';
import { failureOf } from './failures.ts';
import { logsOf } from './pods.ts';
import { namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, short } from './trouble-words.ts';

const longAgoSeconds = 86_400;

export const failedJobs = namespaceRule('failed-job', (scope) => {
  const { jobs } = scope.namespace.jobs.value;
  return jobs.filter((job) => !isFollowedBySuccess(job, jobs)).flatMap((job) => describe(scope, job));
});

/** Of one schedule only the newest counts. */
function isFollowedBySuccess(job: Job, jobs: readonly Job[]): boolean {
  return job.cronJob !== undefined && jobs.some((other) => other.cronJob === job.cronJob && (other.createdAt ?? '') > (job.createdAt ?? ''));
}

function describe(scope: Scope, job: Job): FindingBody[] {
  const failed = job.conditions.find((one) => one.type === 'Failed' && one.status === 'True');
  const pods = scope.namespace.pods.value.filter((pod) => pod.owner?.kind === 'Job' && pod.owner.name === job.name && !pod.deleting);
  const failing = pods.map((pod) => (pod.phase === 'Failed' ? undefined : failureOf(pod, scope))).find((one) => one !== undefined && one.kind !== 'unready');
  if (failed === undefined && failing === undefined && !(job.failed > 0 && job.succeeded === 0 && job.active > 0)) return [];
  const said = decisiveLine(logsOf(scope.namespace, pods));
  const old = failed !== undefined && secondsAgo(scope, failed.since) > longAgoSeconds;
  return [{
    severity: old || job.suspended ? 'info' : 'warning',
    resource: job.cronJob === undefined ? resourceOf(scope, 'job', job.name) : resourceOf(scope, 'cronjob', job.cronJob),
    mechanism: failed === undefined ? 'job-failing' : 'job-failed',
    title: `${job.cronJob === undefined ? `Job ${job.name}` : `The newest job of ${job.cronJob} (${job.name})`} ${failed === undefined ? `does not get on: ${failing === undefined ? `${count(job.failed, 'pod')} failed` : short(failing.message || failing.reason, 100)}` : `failed: ${failed.reason}`}`,
    explanation: `${failed === undefined ? '' : `${short(failed.message)}. `}${said === undefined ? '' : `Its log says: ${short(said.words, 160)}.`}`.trim() || 'Nothing more is known of it.',
    confidence: 0.88,
    quotes: [...(said?.quote ?? []), ...quoteLine(scope.namespace.jobs.evidence, `job ${job.name}`), ...(failed === undefined ? [] : quoteLine(scope.namespace.jobs.evidence, `Failed=True ${failed.reason}`))],
  }];
}
