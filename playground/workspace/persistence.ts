/** The data file: read once, written after changes, never half written. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRecord, parseJson } from './http.ts';
import type { Log } from './options.ts';
import type { Snapshot, State } from './state.ts';

const WRITE_AFTER_MILLISECONDS = 200;

/** Undefined when there is no file yet, or when it is not ours; then it is kept aside and said in the log. */
export function readSnapshot(file: string, log: Log): Snapshot | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const snapshot = parseJson(text);
  if (isSnapshot(snapshot)) return snapshot;
  renameSync(file, `${file}.unreadable`);
  log.warn(`The workspace's data file could not be read; it is kept as ${file}.unreadable and the conversation starts anew.`);
  return undefined;
}

/** Writes at most every 200 ms; the returned function writes what is pending, and stops. */
export function persist(state: State, file: string, log: Log): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  mkdirSync(dirname(file), { recursive: true });
  const write = (): void => {
    timer = undefined;
    try {
      writeFileSync(`${file}.new`, JSON.stringify(state.snapshot()), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      log.warn(`The workspace's data file ${file} could not be written: ${String(error)}`);
    }
  };
  state.onChange(() => {
    if (stopped) return;
    timer ??= setTimeout(write, WRITE_AFTER_MILLISECONDS);
  });
  return () => {
    stopped = true;
    if (timer === undefined) return;
    clearTimeout(timer);
    write();
  };
}

function isSnapshot(value: unknown): value is Snapshot {
  return isRecord(value) && value['version'] === 1 && Array.isArray(value['messages']) && Array.isArray(value['files']) && typeof value['lastMicroseconds'] === 'number';
}
