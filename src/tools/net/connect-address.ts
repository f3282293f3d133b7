/** TCP connections to one address, one after the other, and what they say together. */
import { connect } from 'node:net';

export type Ending = 'open' | 'refused' | 'timeout' | 'reset' | 'unreachable' | 'stopped' | 'failed';

export interface Attempt {
  ending: Ending;
  milliseconds: number;
  /** errno, when there was one. */
  code?: string;
  /** What came after it was open, while we listened. */
  after?: 'greeting' | 'closed' | 'reset';
}

export interface ConnectOptions {
  port: number;
  times: number;
  signal: AbortSignal;
  timeoutMilliseconds: number;
}

const pauseMilliseconds = 50;
/** How long an open connection is listened to: one without anybody behind it is closed at once. */
const listenMilliseconds = 150;
/** One that drops everything would take the whole time. */
const mostTimeouts = 2;

/** Sends nothing. Never throws. */
export async function connectAddress(address: string, { port, times, signal, timeoutMilliseconds }: ConnectOptions): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  while (attempts.length < times && !signal.aborted && attempts.filter(({ ending }) => ending === 'timeout').length < mostTimeouts) {
    if (attempts.length > 0) await pause(pauseMilliseconds);
    attempts.push(await attempt(address, port, { signal, timeoutMilliseconds, listens: attempts.length === 0 }));
  }
  return attempts;
}

function attempt(address: string, port: number, { signal, timeoutMilliseconds, listens }: { signal: AbortSignal; timeoutMilliseconds: number; listens: boolean }): Promise<Attempt> {
  return new Promise((resolve) => {
    const started = performance.now();
    const took = (): number => Math.round((performance.now() - started) * 10) / 10;
    const socket = connect({ host: address, port });
    let opened: Attempt | undefined;
    const end = (result: Attempt): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(result);
    };
    const stop = (): void => end(opened ?? { ending: 'stopped', milliseconds: took() });
    let timer = setTimeout(() => end({ ending: 'timeout', milliseconds: took() }), timeoutMilliseconds);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      opened = { ending: 'open', milliseconds: took() };
      if (!listens) return end(opened);
      clearTimeout(timer);
      timer = setTimeout(stop, listenMilliseconds);
      socket.resume();
    });
    socket.once('data', () => end({ ...(opened as Attempt), after: 'greeting' }));
    socket.once('end', () => end({ ...(opened as Attempt), after: 'closed' }));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? 'UNKNOWN';
      end(opened ? { ...opened, after: 'reset' } : { ending: endings[code] ?? 'failed', milliseconds: took(), code });
    });
    if (signal.aborted) stop();
  });
}

const endings: Record<string, Ending> = {
  ECONNREFUSED: 'refused', ECONNRESET: 'reset', ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable', EHOSTDOWN: 'unreachable', EADDRNOTAVAIL: 'unreachable', EACCES: 'unreachable', EPERM: 'unreachable',
};

const meanings: Record<Exclude<Ending, 'open'>, string> = {
  refused: 'the host is up, and nothing listens or a firewall rejects it',
  timeout: 'no answer: a firewall or network policy drops it, or the host is down',
  reset: 'the other side, or something between, broke it off',
  unreachable: 'there is no way to it from here: a route, or the host, is missing',
  stopped: 'stopped before it was known',
  failed: 'it failed',
};

const afterwards: Record<NonNullable<Attempt['after']>, string> = {
  greeting: 'The server spoke first: somebody is there.',
  closed: 'It was opened and closed again at once: something between accepts connections, and nobody is behind it, or it does not want us.',
  reset: 'It was opened and reset at once: something between accepts connections, and nobody is behind it, or it does not want us.',
};

/** One line per address, and a sentence where more is to be said. */
export function describeAttempts(address: string, port: number, attempts: readonly Attempt[]): string {
  const open = attempts.filter(({ ending }) => ending === 'open').map(({ milliseconds }) => milliseconds).sort((left, right) => left - right);
  const failures = new Map<string, Attempt[]>();
  for (const one of attempts) if (one.ending !== 'open') failures.set(`${one.ending} ${one.code ?? ''}`, [...(failures.get(`${one.ending} ${one.code ?? ''}`) ?? []), one]);
  const failed = [...failures.values()].map((list) => {
    const { ending, code } = list[0] as Attempt;
    const times = list.map(({ milliseconds }) => Math.round(milliseconds));
    const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
    return `${list.length} ${ending}${code === undefined ? '' : ` (${code})`} after ${fastest === slowest ? fastest : `${fastest} to ${slowest}`} ms: ${meanings[ending as Exclude<Ending, 'open'>]}`;
  });
  const after = attempts.find((one) => one.after !== undefined)?.after;
  return [
    `${address} port ${port}: ${open.length} of ${attempts.length} open`,
    ...(open.length === 0 ? [] : [`, ${timesOf(open)}`]),
    ...failed.map((text) => `; ${text}`),
    ...(after === undefined ? [] : [`. ${afterwards[after]}`]),
  ].join('');
}

/** `sorted` is not empty. */
function timesOf(sorted: readonly number[]): string {
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 1 ? `after ${at(1)} ms` : `after ${sorted[0]} ms at least, ${at(0.5)} median, ${at(0.95)} p95`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
