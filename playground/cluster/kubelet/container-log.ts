/** A container's output on disk: `time stream F text` per line; what grows beyond a bound is rotated once. */
import { appendFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface ContainerLog {
  readonly file: string;
  capture(stream: Readable, name: 'stdout' | 'stderr'): void;
  /** After everything captured was written. */
  finished(): Promise<void>;
  /** Called after each write; returns what ends that. */
  onWrite(listener: () => void): () => void;
}

const longestLine = 16_384;
const longestLogBytes = 10 * 1024 * 1024;
/** How much longer than writing a piece took a container has to wait for the next. */
const restPerWork = 4;

export function createContainerLog(file: string, bound = longestLogBytes): ContainerLog {
  const listeners = new Set<() => void>();
  const ended: Promise<void>[] = [];
  let size = existsSync(file) ? statSync(file).size : 0;

  const append = (text: string): void => {
    try {
      if (size > 0 && size + text.length > bound) {
        rmSync(`${file}.1`, { force: true });
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, text);
      size += Buffer.byteLength(text);
    } catch {
      return;
    }
    for (const listener of listeners) listener();
  };

  const capture = (stream: Readable, name: 'stdout' | 'stderr'): void => {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const began = performance.now();
      const now = stamp();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      let written = '';
      for (const line of lines) written += `${now} ${name} F ${line}\n`;
      while (rest.length >= longestLine) {
        written += `${now} ${name} P ${rest.slice(0, longestLine)}\n`;
        rest = rest.slice(longestLine);
      }
      if (written !== '') append(written);
      // What logs without end waits for its turn, at its pipe: the rest of the cluster has to live beside it.
      stream.pause();
      const spent = performance.now() - began;
      setTimeout(() => stream.resume(), spent * restPerWork);
    });
    stream.on('error', () => undefined);
    ended.push(new Promise((resolve) => {
      stream.once('close', () => {
        if (rest !== '') append(`${stamp()} ${name} P ${rest}\n`);
        resolve();
      });
    }));
  };
  return {
    file, capture,
    finished: async () => void await Promise.all(ended),
    onWrite: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Now with nine digits after the second, as container runtimes write it. */
function stamp(): string {
  const nanoseconds = process.hrtime.bigint() % 1_000_000n;
  return new Date().toISOString().replace('Z', `${String(nanoseconds).padStart(6, '0')}Z`);
}
