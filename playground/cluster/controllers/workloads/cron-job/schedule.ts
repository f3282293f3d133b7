/** When a cron job's runs are due. */
import { Cron } from 'croner';
import type { CronJob } from '../shared/kinds.ts';
import { instant } from '../shared/time.ts';

export interface Due {
  /** The latest run that is due since the last one that was started: milliseconds since the epoch. */
  latest: number | undefined;
  /** How many came before it and were not started. */
  missed: number;
  next: number | undefined;
}

export const mostMissed = 100;

/** Throws when the schedule or the time zone can't be read. */
export function dueRuns(job: CronJob, now: number): Due {
  const cron = new Cron(job.spec?.schedule ?? '', { timezone: job.spec?.timeZone ?? 'Etc/UTC', paused: true });
  const after = (time: number): number | undefined => cron.nextRun(new Date(time))?.getTime();
  const deadline = job.spec?.startingDeadlineSeconds;
  const last = instant(job.status?.lastScheduleTime ?? job.metadata.creationTimestamp);
  const runs = { count: 0, latest: undefined as number | undefined };
  for (let run = after(deadline === undefined ? last : Math.max(last, now - deadline * 1_000)); run !== undefined && run <= now; run = after(run)) {
    runs.latest = run;
    runs.count += 1;
  }
  return { latest: runs.latest, missed: Math.max(0, runs.count - 1), next: after(now) };
}
