/** A JSON file of a mounted volume, read again when it changed: ConfigMaps are updated under a running program. */
import { readFileSync } from 'node:fs';
import { errorMessage } from './failure.ts';
import type { Log } from './log.ts';

const pauseMilliseconds = 2_000;

/** Returns the newest content that `parse` took. At the first reading a failure is thrown, unless `missing` stands in. */
export function watchFile<T>(file: string, parse: (value: unknown) => T, log: Log, missing?: T): () => T {
  let text = '';
  let current: T;
  const read = (): T => {
    const next = readFileSync(file, 'utf8');
    if (next === text) return current;
    const parsed = parse(JSON.parse(next));
    if (text !== '') log('info', 'configuration file changed', { file });
    text = next;
    return parsed;
  };
  try {
    current = read();
  } catch (error) {
    if (missing === undefined) throw new Error(`${file}: ${errorMessage(error)}`, { cause: error });
    current = missing;
  }
  let complaint = '';
  setInterval(() => {
    try {
      current = read();
      complaint = '';
    } catch (error) {
      const message = errorMessage(error);
      if (message !== complaint && missing === undefined) log('error', `configuration file not usable: ${message}`, { file });
      complaint = message;
    }
  }, pauseMilliseconds).unref();
  return () => current;
}
