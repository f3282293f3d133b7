/** Reads a container's log as kubectl asks for it. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Run } from './pod.ts';
import type { LogOptions } from './runtime.ts';

/** `run`: the process still writing to it, for `follow`. */
export async function writeLog(file: string, options: LogOptions, output: Writable, signal: AbortSignal, run: Run | undefined): Promise<void> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const put = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    const chunk = bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= chunk.length;
    if (chunk.length > 0 && !output.write(chunk)) await drained(output, signal);
  };
  const whole = `${read(`${file}.1`)}${read(file)}`;
  let position = Buffer.byteLength(read(file));
  const records = whole.split('\n').slice(0, -1);
  const recent = records.filter((line) => options.since === undefined || Date.parse(line.slice(0, line.indexOf(' '))) >= options.since);
  const wanted = options.tailLines === undefined ? recent : options.tailLines === 0 ? [] : recent.slice(-options.tailLines);
  await put(wanted.map((line) => format(line, options.timestamps)).join(''));
  if (!options.follow || run === undefined) return;

  const wanting = (): boolean => !signal.aborted && left > 0;
  let rest = '';
  let ended = false;
  while (wanting()) {
    const text = readFrom(file, position);
    if (text === undefined) position = 0;
    else if (text.length > 0) {
      position += text.length;
      const lines = (rest + text.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      await put(lines.map((line) => format(line, options.timestamps)).join(''));
      continue;
    }
    if (ended) return;
    ended = await written(run, signal);
  }
}

/** `time stream F text` as the text, with its time if asked; a part (P) has no line end. */
function format(line: string, timestamps: boolean): string {
  const [, time = '', kind = 'F', text = ''] = /^(\S+) \S+ ([FP]) (.*)$/s.exec(line) ?? [];
  return `${timestamps ? `${time} ` : ''}${text}${kind === 'F' ? '\n' : ''}`;
}

/** Resolves true when the process is over, false when there may be more to read. */
function written(run: Run, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (over: boolean): void => {
      end();
      signal.removeEventListener('abort', aborted);
      resolve(over);
    };
    const aborted = (): void => done(false);
    const end = run.log.onWrite(() => done(false));
    signal.addEventListener('abort', aborted, { once: true });
    void ended(run, done);
  });
}

const ended = async (run: Run, done: (over: boolean) => void): Promise<void> => {
  await run.finished;
  done(true);
};

function drained(output: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) output.removeListener(event, done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) output.once(event, done);
    signal.addEventListener('abort', done, { once: true });
  });
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Undefined when the file became shorter: it was rotated. */
function readFrom(file: string, position: number): Buffer | undefined {
  if (!existsSync(file)) return Buffer.alloc(0);
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(65_536);
    const size = readSync(descriptor, buffer, 0, buffer.length, position);
    if (size === 0 && position > 0 && readSync(descriptor, Buffer.alloc(1), 0, 1, position - 1) === 0) return undefined;
    return buffer.subarray(0, size);
  } finally {
    closeSync(descriptor);
  }
}
