/** What must be there before a pod's first container: its files and volumes. */
import { mkdirSync } from 'node:fs';
import { writePodFiles } from './pod-files.ts';
import type { PodRecord } from './pod.ts';
import type { Shared } from './shared.ts';
import { mountVolumes } from './volumes/volumes.ts';

const retryMilliseconds = 2_000;

/** `retry`: milliseconds after which to try again, because a volume has no source. */
export async function preparePod(record: PodRecord, shared: Shared): Promise<{ retry?: number }> {
  mkdirSync(record.directory, { recursive: true });
  writePodFiles(record, shared);
  const problems = mountVolumes(record, shared);
  for (const message of problems) shared.client.event(record.pod, { type: 'Warning', reason: 'FailedMount', message });
  return problems.length === 0 ? {} : { retry: retryMilliseconds };
}
