/** Hears of appended events from every process, on a connection of its own that comes back when it breaks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../../telemetry/log.ts';

export const timelineChannel = 'sre_agent_timeline';

const heartbeatMilliseconds = 10_000;

export interface Subscription {
  /** Resolves once the database is heard. */
  add(onChange: (incidentId: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

interface Line {
  /** Resolves with the first connection, or when closed before. */
  ready: Promise<void>;
  close(): Promise<void>;
}

export function createSubscription(url: string, log: Logger): Subscription {
  const listeners = new Set<(incidentId: string) => void>();
  let line: Line | undefined;

  function emit(incidentId: string): void {
    for (const listener of listeners) {
      try {
        listener(incidentId);
      } catch (error) {
        log.error({ error, incidentId }, 'A listener of the timeline failed');
      }
    }
  }

  async function hangUp(): Promise<void> {
    const closing = line;
    line = undefined;
    await closing?.close();
  }

  return {
    async add(onChange) {
      const listener = (incidentId: string): void => onChange(incidentId);
      listeners.add(listener);
      line ??= openLine(url, log, emit);
      await line.ready;
      return async () => {
        listeners.delete(listener);
        if (listeners.size === 0) await hangUp();
      };
    },
    async close() {
      listeners.clear();
      await hangUp();
    },
  };
}

function openLine(url: string, log: Logger, emit: (incidentId: string) => void): Line {
  const stop = new AbortController();
  let connected: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (connected = resolve));
  const ended = keepListening({ url, log, emit, connected, signal: stop.signal }).finally(connected);
  return {
    ready,
    async close() {
      stop.abort();
      await ended;
    },
  };
}

interface LineParts {
  url: string;
  log: Logger;
  emit: (incidentId: string) => void;
  connected: () => void;
  signal: AbortSignal;
}

async function keepListening({ url, log, emit, connected, signal }: LineParts): Promise<void> {
  /** The database's clock when it was last heard; after a break, everything since is told again. */
  let heardAt: string | undefined;
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 5_000)) {
    const client = new Client({ connectionString: url, application_name: 'sre-agent timeline', connectionTimeoutMillis: 5_000, query_timeout: 5_000, keepAlive: true });
    let breakOff: () => void = () => undefined;
    const broken = new Promise<void>((resolve) => (breakOff = resolve));
    for (const event of ['error', 'end'] as const) client.on(event, breakOff);
    signal.addEventListener('abort', breakOff);
    client.on('notification', ({ payload }) => payload !== undefined && emit(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${timelineChannel}`);
      if (heardAt !== undefined) for (const id of await touchedSince(client, heardAt)) emit(id);
      heardAt = await clock(client);
      connected();
      pause = 100;
      while (!(await settlesWithin(broken, heartbeatMilliseconds))) heardAt = await clock(client);
    } catch (error) {
      log.debug({ error }, 'The timeline connection failed');
    }
    signal.removeEventListener('abort', breakOff);
    await settlesWithin(client.end().catch(() => undefined), 2_000);
    if (signal.aborted) return;
    log.warn({ pause }, 'The timeline connection is lost; connecting again');
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** A minute of overlap covers transactions that were under way when the line broke; telling twice does no harm. */
async function touchedSince(client: Client, heardAt: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>("SELECT id FROM sre_agent.incidents WHERE touched_at > $1::timestamptz - interval '1 minute' ORDER BY number", [heardAt]);
  return rows.map((row) => row.id);
}

async function clock(client: Client): Promise<string> {
  const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]?.now ?? '';
}

async function settlesWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    const late = sleep(milliseconds, false, { signal: timer.signal, ref: false }).catch(() => false);
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
