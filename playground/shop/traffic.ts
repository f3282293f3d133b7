/** People using the shop: a steady mix of requests, to the frontend and to the services behind it. */
import http from 'node:http';

export interface Traffic<Name extends string> {
  /** More of the same: what was asked before is asked as often as before. */
  add(kinds: readonly Kind<Name>[]): void;
  stop(): void;
}

export interface TrafficSettings<Name extends string> {
  /** Where a service answers now; a throw counts as no answer. */
  url(service: Name): string;
  /** Every answer, error or timeout. */
  record(service: Name, ok: boolean, milliseconds: number): void;
}

export interface Kind<Name extends string> {
  service: Name;
  /** How often, beside the others: the shop's own mix adds up to 15, at 14 requests a second. */
  weight: number;
  request(): { path: string; body?: unknown };
}

const requestsPerSecond = 14;
/** A stuck service keeps only its own share of the generator busy. */
const inFlightPerService = 10;
const timeoutMilliseconds = 6_000;

const pick = (count: number): number => 1 + Math.floor(Math.random() * count);
export const customer = (): number => pick(20_000);
export const product = (): number => pick(60);
export const quote = (): { path: string } => ({ path: `/quote?customer=${customer()}&product=${product()}` });

/** 14 requests a second, spread over `mix` by weight. */
export function sendTraffic<Name extends string>(settings: TrafficSettings<Name>, mix: readonly Kind<Name>[]): Traffic<Name> {
  const kinds = [...mix];
  const perWeight = requestsPerSecond / weightOf(mix);
  const inFlight = new Map<Name, number>();
  const agent = new http.Agent({ keepAlive: true });
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const send = async (kind: Kind<Name>): Promise<void> => {
    const running = inFlight.get(kind.service) ?? 0;
    if (running >= inFlightPerService) return;
    inFlight.set(kind.service, running + 1);
    const started = performance.now();
    const ok = await request(agent, () => settings.url(kind.service), kind.request());
    inFlight.set(kind.service, (inFlight.get(kind.service) ?? 1) - 1);
    if (!stopped) settings.record(kind.service, ok, performance.now() - started);
  };

  const next = (): void => {
    void send(choose(kinds));
    // Exponential gaps: arrivals of people who don't know of each other.
    timer = setTimeout(next, Math.min(500, (-Math.log(1 - Math.random()) * 1000) / (perWeight * weightOf(kinds))));
  };
  next();
  return {
    add: (more) => void kinds.push(...more),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      agent.destroy();
    },
  };
}

const weightOf = (mix: readonly { weight: number }[]): number => mix.reduce((sum, { weight }) => sum + weight, 0);

/** At random: bursts are what makes a slow dependency hurt. */
function choose<Name extends string>(mix: readonly Kind<Name>[]): Kind<Name> {
  let left = Math.random() * weightOf(mix);
  for (const kind of mix) if ((left -= kind.weight) <= 0) return kind;
  return mix[0] as Kind<Name>;
}

/** Whether it was answered by anything but a server error, in time. Not by fetch, which costs several times the CPU. */
function request(agent: http.Agent, base: () => string, { path, body }: { path: string; body?: unknown }): Promise<boolean> {
  return new Promise((resolve) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = { accept: '*/*', 'user-agent': 'node', 'content-type': 'application/json', ...(payload !== undefined && { 'content-length': Buffer.byteLength(payload) }) };
    let sent: http.ClientRequest;
    try {
      sent = http.request(`${base()}${path}`, { method: payload === undefined ? 'GET' : 'POST', agent, headers }, (response) => {
        response.on('error', () => done(false));
        response.on('end', () => done((response.statusCode ?? 500) < 500));
        response.resume();
      });
    } catch {
      // It has no address just now.
      resolve(false);
      return;
    }
    const timer = setTimeout(() => {
      done(false);
      sent.destroy();
    }, timeoutMilliseconds);
    const done = (ok: boolean): void => {
      clearTimeout(timer);
      resolve(ok);
    };
    sent.on('error', () => done(false));
    sent.end(payload);
  });
}
