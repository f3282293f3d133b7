/** What every role is given, and what it gives back. */
import type { Configuration } from '../config/load.ts';
import type { Environment } from '../config/environment.ts';
import type { Store } from '../incident/store.ts';
import type { QueueBackend, QueueName, Jobs } from '../queue/queue.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface RoleParts {
  environment: Environment;
  configuration: Configuration;
  store: Store;
  queue: QueueBackend;
  redactor: Redactor;
  metrics: Metrics;
  /** Aborted when the process is told to end, also while it still starts: nothing new is begun, and what fails then is no news. */
  ending: AbortSignal;
  log: Logger;
}

/** Ends the role: no new work, what runs is given a moment. */
export type StopRole = () => Promise<void>;

/** Wraps a job's handler with its metric. */
export function measured<N extends QueueName>(metrics: Metrics, name: N, handle: (data: Jobs[N], signal: AbortSignal) => Promise<void>) {
  return async (data: Jobs[N], signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    try {
      await handle(data, signal);
      metrics.jobDone(name, 'done', (performance.now() - begun) / 1000);
    } catch (error) {
      metrics.jobDone(name, 'failed', (performance.now() - begun) / 1000);
      throw error;
    }
  };
}
