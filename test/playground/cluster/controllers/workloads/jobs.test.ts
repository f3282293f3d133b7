import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createController } from '../../../../../playground/cluster/controllers/controller.ts';
import { reconcileCronJob } from '../../../../../playground/cluster/controllers/workloads/cron-job/controller.ts';
import { backOff } from '../../../../../playground/cluster/controllers/workloads/job/back-off.ts';
import { formatIndexes, parseIndexes } from '../../../../../playground/cluster/controllers/workloads/job/indexes.ts';
import type { Pod } from '../../../../../playground/cluster/controllers/workloads/shared/kinds.ts';
import type { CronJobSpec, JobSpec } from '../../../../../playground/cluster/objects/types.ts';
import { namespace, startWorkloadCluster, type WorkloadCluster } from './workload-cluster.ts';

let cluster: WorkloadCluster;
beforeEach(() => {
  cluster = startWorkloadCluster(1_000);
});
afterEach(() => cluster.stop());

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'migrate:1' }] } };
const spec = (more: Partial<JobSpec> = {}): JobSpec => ({ parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', template, ...more });

describe('a job', () => {
  const create = (more: Partial<JobSpec> = {}): void => void cluster.client.create('jobs.batch', { metadata: { name: 'migrate', namespace }, spec: spec(more) });
  const job = () => cluster.client.get('jobs.batch', namespace, 'migrate');
  const status = () => job()?.status;
  const running = () => cluster.pods().filter((pod) => pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded' && pod.metadata.deletionTimestamp === undefined);
  const conditions = () => (status()?.conditions ?? []).map(({ type, status: state, reason, message }) => `${type} ${state} ${reason ?? ''}: ${message ?? ''}`);
  const nextPod = async (): Promise<Pod> => {
    await expect.poll(() => running().length, { timeout: 20_000 }).toBeGreaterThan(0);
    const [pod] = running();
    if (pod === undefined) throw new Error('no pod');
    return pod;
  };

  it('completes', async () => {
    create();
    await cluster.settle();
    const [pod] = cluster.pods();
    expect(pod?.metadata.name).toMatch(/^migrate-[a-z0-9]{5}$/);
    expect(pod?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    expect(status()).toMatchObject({ active: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    if (pod !== undefined) cluster.makeReady(pod);
    await cluster.settle();
    expect(status()).toMatchObject({ active: 1, ready: 1 });
    if (pod !== undefined) cluster.finish(pod, 0);
    await cluster.settle();
    expect(conditions()).toEqual([
      'SuccessCriteriaMet True CompletionsReached: Reached expected number of succeeded pods', 'Complete True CompletionsReached: Reached expected number of succeeded pods',
    ]);
    expect(status()).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {}, completionTime: expect.any(String) });
    expect(status()).not.toHaveProperty('active');
    expect(cluster.pods()[0]?.metadata.finalizers).toBeUndefined();
    expect(cluster.events('Job', 'migrate')).toEqual([`SuccessfulCreate: Created pod: ${pod?.metadata.name ?? ''}`, 'Completed: Job completed']);
    expect(cluster.log).toEqual([]);
  });

  it('tries again after a pause, and gives up beyond its limit', async () => {
    create({ backoffLimit: 1 });
    const first = await nextPod();
    cluster.finish(first, 2);
    const second = await nextPod();
    expect(status()).toMatchObject({ active: 1, failed: 1 });
    cluster.finish(second, 2);
    await cluster.settle();
    expect(conditions()).toEqual(['FailureTarget True BackoffLimitExceeded: Job has reached the specified backoff limit', 'Failed True BackoffLimitExceeded: Job has reached the specified backoff limit']);
    const { conditions: _, startTime: __, ...counts } = status() ?? {};
    expect(counts).toEqual({ failed: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(cluster.events('Job', 'migrate')).toEqual([
      `SuccessfulCreate: Created pod: ${first.metadata.name}`, `SuccessfulCreate: Created pod: ${second.metadata.name}`, 'BackoffLimitExceeded: Job has reached the specified backoff limit',
    ]);
    expect(cluster.pods()).toHaveLength(2);
  });

  it('counts each pod once, whatever order they end in', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), async (outcomes, parallelism, completions) => {
      const own = startWorkloadCluster(1_000_000);
      const failures = outcomes.filter((success) => !success).length;
      own.client.create('jobs.batch', { metadata: { name: 'migrate', namespace }, spec: spec({ parallelism, completions, backoffLimit: failures }) });
      const counts = { succeeded: 0, failed: 0 };
      const live = () => own.pods().filter((pod) => pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded');
      for (const success of [...outcomes, ...Array.from({ length: completions }, () => true)]) {
        if (counts.succeeded === completions) break;
        await expect.poll(() => live().length, { timeout: 20_000 }).toBe(Math.min(parallelism, completions - counts.succeeded));
        const [pod] = live();
        if (pod !== undefined) own.finish(pod, success ? 0 : 1);
        counts[success ? 'succeeded' : 'failed'] += 1;
        await own.settle();
        const now = own.client.get('jobs.batch', namespace, 'migrate')?.status;
        expect([now?.succeeded ?? 0, now?.failed ?? 0]).toEqual([counts.succeeded, counts.failed]);
      }
      expect(own.client.get('jobs.batch', namespace, 'migrate')?.status?.conditions?.at(-1)?.type).toBe('Complete');
      expect(own.log).toEqual([]);
      own.stop();
    }), { numRuns: 12 });
  });

  it('gives each pod its index and writes down those that are done', async () => {
    create({ completionMode: 'Indexed', completions: 4, parallelism: 3 });
    await cluster.settle();
    expect(cluster.pods().map(({ metadata }) => metadata.name.slice(0, -6)).toSorted()).toEqual(['migrate-0', 'migrate-1', 'migrate-2']);
    const [pod] = cluster.pods();
    expect(pod?.metadata.annotations).toEqual({ 'batch.kubernetes.io/job-completion-index': '0' });
    expect(pod?.spec?.hostname).toBe('migrate-0');
    expect(pod?.spec?.containers[0]?.env).toEqual([{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } } }]);
    for (const each of cluster.pods().slice(1)) cluster.finish(each, 0);
    await cluster.settle();
    expect(status()).toMatchObject({ completedIndexes: '1,2', succeeded: 2, active: 2 });
    for (const each of running()) cluster.finish(each, 0);
    await cluster.settle();
    expect(status()).toMatchObject({ completedIndexes: '0-3', succeeded: 4 });
    expect(conditions().at(-1)).toContain('Complete True');
  });

  it('stops its pods at the deadline', async () => {
    create({ activeDeadlineSeconds: 1 });
    await expect.poll(() => conditions(), { timeout: 20_000 }).toContain('FailureTarget True DeadlineExceeded: Job was active longer than specified deadline');
    cluster.removeDeleted();
    await cluster.settle();
    expect(conditions().at(-1)).toBe('Failed True DeadlineExceeded: Job was active longer than specified deadline');
    expect(running()).toEqual([]);
  });

  it('can be suspended and resumed', async () => {
    create({ suspend: true });
    await cluster.settle();
    expect(cluster.pods()).toEqual([]);
    expect(conditions()).toEqual(['Suspended True JobSuspended: Job suspended']);
    expect(status()?.startTime).toBeUndefined();
    cluster.client.modify('jobs.batch', namespace, 'migrate', (copy) => Object.assign(copy.spec ?? {}, { suspend: false }));
    await cluster.settle();
    expect(cluster.pods()).toHaveLength(1);
    expect(conditions()).toEqual(['Suspended False JobResumed: Job resumed']);
    expect(cluster.events('Job', 'migrate').slice(0, 1)).toEqual(['Suspended: Job suspended']);
  });

  it('fails at once, or looks away, as its pod failure policy says', async () => {
    create({ podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [3] } }, { action: 'FailJob', onExitCodes: { containerName: 'migrate', operator: 'NotIn', values: [0, 1] } }] } });
    cluster.finish(await nextPod(), 3);
    const second = await nextPod();
    expect(status()?.failed).toBeUndefined();
    cluster.finish(second, 42);
    await cluster.settle();
    expect(conditions().at(-1)).toBe(`Failed True PodFailurePolicy: Container migrate for pod shop/${second.metadata.name} failed with exit code 42 matching FailJob rule at index 1`);
  });

  it('goes when its time after the end is up', async () => {
    create({ ttlSecondsAfterFinished: 0 });
    cluster.finish(await nextPod(), 0);
    await expect.poll(() => job()?.metadata.deletionTimestamp ?? 'gone', { timeout: 20_000 }).toBeTruthy();
    await expect.poll(() => job() === undefined || job()?.metadata.deletionTimestamp !== undefined, { timeout: 20_000 }).toBe(true);
  });
});

describe('the pause between failures', () => {
  const failedAt = (seconds: number, phase = 'Failed') => ({ status: { phase, containerStatuses: [{ state: { terminated: { finishedAt: new Date(seconds * 1_000).toISOString() } } }] }, metadata: {} }) as unknown as Pod;

  it('doubles with each failure, up to ten minutes, and starts anew after a success', () => {
    const pauses = [1, 2, 3, 6, 7, 12].map((count) => backOff(Array.from({ length: count }, (_, at) => failedAt(at)), { speed: 1 }, (count - 1) * 1_000) / 1_000);
    expect(pauses).toEqual([10, 20, 40, 320, 600, 600]);
    expect(backOff([failedAt(1), failedAt(2, 'Succeeded'), failedAt(3)], { speed: 2 }, 3_000)).toBe(5_000);
    expect(backOff([failedAt(1, 'Succeeded')], { speed: 1 }, 1_000)).toBe(0);
    expect(backOff([failedAt(1)], { speed: 1 }, 60_000)).toBe(0);
  });
});

it('indexes read back as they were written', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(40)), (indexes) => {
    expect([...parseIndexes(formatIndexes(new Set(indexes)))]).toEqual(indexes.toSorted((first, second) => first - second));
  }));
  expect(formatIndexes(new Set([0, 1, 2, 5, 7, 8]))).toBe('0-2,5,7,8');
});

describe('a cron job', () => {
  const minute = 60_000;
  const start = Math.floor(Date.now() / minute) * minute;
  const queue = createController({ name: 'test', reconcile: () => undefined, failed: () => undefined });
  const create = (more: Partial<CronJobSpec> = {}): void => void cluster.client.create('cronjobs.batch', { metadata: { name: 'report', namespace }, spec: { schedule: '*/5 * * * *', concurrencyPolicy: 'Allow', jobTemplate: { spec: spec() }, ...more } });
  const tick = async (time: number): Promise<void> => {
    reconcileCronJob(cluster.client, queue, `${namespace}/report`, time);
    await cluster.settle();
  };
  const jobs = () => cluster.client.list('jobs.batch', { namespace }).map(({ metadata }) => metadata.name);
  const cronJob = () => cluster.client.get('cronjobs.batch', namespace, 'report');
  const firstRun = Math.ceil((start + minute) / (5 * minute)) * 5 * minute;
  const nameAt = (time: number) => `report-${time / minute}`;
  afterEach(() => queue.stop());

  it('starts a job per run and watches it end', async () => {
    create();
    await tick(firstRun - 1_000);
    expect(jobs()).toEqual([]);
    await tick(firstRun + 1_000);
    await tick(firstRun + 2_000);
    expect(jobs()).toEqual([nameAt(firstRun)]);
    expect(cronJob()?.status).toMatchObject({ lastScheduleTime: new Date(firstRun).toISOString().replace('.000', ''), active: [{ kind: 'Job', apiVersion: 'batch/v1', name: nameAt(firstRun), namespace }] });
    const [pod] = cluster.pods();
    if (pod !== undefined) cluster.finish(pod, 0);
    await cluster.settle();
    expect(cronJob()?.status).not.toHaveProperty('active');
    expect(cronJob()?.status?.lastSuccessfulTime).toBeDefined();
    expect(cluster.events('CronJob', 'report')).toEqual([`SuccessfulCreate: Created job ${nameAt(firstRun)}`, `SawCompletedJob: Saw completed job: ${nameAt(firstRun)}, condition: Complete`]);
  });

  it('does not start beside a running one under Forbid, and replaces it under Replace', async () => {
    create({ concurrencyPolicy: 'Forbid' });
    await tick(firstRun + 1_000);
    await tick(firstRun + 5 * minute + 1_000);
    expect(jobs()).toEqual([nameAt(firstRun)]);
    expect(cluster.events('CronJob', 'report').at(-1)).toBe('JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid');
    cluster.client.modify('cronjobs.batch', namespace, 'report', (copy) => Object.assign(copy.spec ?? {}, { concurrencyPolicy: 'Replace' }));
    await tick(firstRun + 10 * minute + 1_000);
    const living = cluster.client.list('jobs.batch', { namespace }).filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
    expect(living).toEqual([nameAt(firstRun + 10 * minute)]);
  });

  it('keeps only so many finished jobs, and none runs while suspended', async () => {
    create({ successfulJobsHistoryLimit: 1 });
    for (let run = 0; run < 3; run += 1) {
      await tick(firstRun + run * 5 * minute + 1_000);
      for (const pod of cluster.pods()) if (pod.status?.phase !== 'Succeeded') cluster.finish(pod, 0);
      await cluster.settle();
    }
    expect(jobs()).toEqual([nameAt(firstRun + 10 * minute)]);
    cluster.client.modify('cronjobs.batch', namespace, 'report', (copy) => Object.assign(copy.spec ?? {}, { suspend: true }));
    await tick(firstRun + 20 * minute);
    expect(jobs()).toHaveLength(1);
  });

  it('reads the schedule in its time zone and skips what is too late', async () => {
    create({ schedule: '0 12 * * *', timeZone: 'Asia/Kolkata', startingDeadlineSeconds: 100_000 });
    const noon = Math.ceil((Date.now() - 6.5 * 3_600_000) / 86_400_000) * 86_400_000 + 6.5 * 3_600_000;
    await tick(noon + 1_000);
    expect(jobs()).toEqual([nameAt(noon)]);
    expect(cluster.client.get('jobs.batch', namespace, nameAt(noon))?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toMatch(/T12:00:00\+05:30$/);
  });
});
