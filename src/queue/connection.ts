/** What BullMQ needs to reach one server. */
import type { BackendFactory, IQueueBackend } from 'bullmq';

export interface BullConnection {
  /** BullMQ's `connection` option. */
  connection: unknown;
  factory: BackendFactory<IQueueBackend, unknown>;
  /** Passes while the server is away, throws when it is away for long. `work` must be safe to run twice. */
  patiently<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
