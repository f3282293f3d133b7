/** One HTTP service that takes its configuration from a supervisor, on 127.0.0.1: the least that can break and be mended. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const tokens = { read: 'the-read-token-of-the-supervisor', write: 'the-write-token-of-the-supervisor' };

export interface SmallWorld {
  url: string;
  /** The service's CURRENCY now. */
  currency(): string;
  /** A value that the service can't work with. */
  breakIt(): void;
  /** Requests to the service wait until `release`. */
  hold(): void;
  release(): void;
  /** Requests that wait. */
  held(): number;
  /** What was asked of the supervisor, with whose token: `PUT /... write`. */
  asked: string[];
  close(): Promise<void>;
}

interface Revision {
  revision: number;
  at: string;
  environment: Record<string, string>;
  healthy: boolean;
}

export async function startSmallWorld(): Promise<SmallWorld> {
  const revisions: Revision[] = [];
  const log: { at: string; line: string }[] = [];
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let holding = false;
  const newest = (): Revision => revisions.at(-1)!;
  const currency = (): string => newest().environment['CURRENCY'] ?? '';
  const healthy = (): boolean => /^[A-Z]{3}$/.test(currency());
  const set = (value: string): void => {
    revisions.push({ revision: revisions.length + 1, at: new Date().toISOString(), environment: { CURRENCY: value, LOG_LEVEL: 'info' }, healthy: /^[A-Z]{3}$/.test(value) });
  };
  set('EUR');

  async function quote(response: ServerResponse): Promise<void> {
    if (holding) await new Promise<void>((resolve) => waiting.push(resolve));
    if (healthy()) return answer(response, 200, { price: 42, currency: currency() });
    const error = `CURRENCY must be three capital letters, not ${currency()}`;
    log.push({ at: new Date().toISOString(), line: JSON.stringify({ level: 'error', message: error }) });
    return answer(response, 500, { error });
  }

  async function supervise(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = Object.entries(tokens).find(([, value]) => request.headers.authorization === `Bearer ${value}`)?.[0] ?? 'nobody';
    asked.push(`${request.method} ${request.url} ${token}`);
    if (token === 'nobody') return answer(response, 401, { error: 'no token' });
    if (request.method === 'GET') {
      const { revision, environment } = newest();
      if (request.url === '/services/checkout/environment') return answer(response, 200, { revision, environment });
      return answer(response, 200, { name: 'checkout', state: 'running', started_at: newest().at, restarts: 0, last_exit: null, revision, revisions, log: log.slice(-50) });
    }
    if (token !== 'write') return answer(response, 403, { error: 'this token may only read' });
    if (request.headers['if-match'] !== `"${newest().revision}"`) return answer(response, 412, { error: 'the revision moved' });
    let body = '';
    for await (const chunk of request) body += String(chunk);
    set((JSON.parse(body) as { value: string }).value);
    return answer(response, 200, { revision: newest().revision });
  }

  const server = createServer((request, response) => {
    void (request.url?.startsWith('/services/') ? supervise(request, response) : quote(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    currency,
    breakIt: () => set('EURO'),
    hold: () => (holding = true),
    release() {
      holding = false;
      for (const go of waiting.splice(0)) go();
    },
    held: () => waiting.length,
    asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** sre-agent.yaml for it, with the variables that docker-compose.yml passes on. */
export function describeSmallWorld({ url }: Pick<SmallWorld, 'url'>, { channel, approvers }: { channel: string; approvers: readonly string[] }): unknown {
  const environment = `${url}/services/{service}/environment`;
  return {
    channels: { alerts: channel },
    policy: { autonomy: 'approve', approvers: { users: approvers }, soak_seconds: 1, verification_deadline_seconds: 120 },
    targets: {
      services: [{ name: 'checkout', url, checks: [{ name: 'quote', path: '/quote' }], latency_budget_ms: 4000, status: `${url}/services/checkout`, status_token: '${SUPERVISOR_READ_TOKEN}' }],
      operations: [{
        name: 'set-environment',
        description: 'Sets one environment variable of a service and replaces its process.',
        effect: 'set-environment',
        parameters: { service: { enum: ['checkout'] }, variable: { pattern: '[A-Z_]{1,40}' }, value: { pattern: '[ -~]{0,200}' } },
        read: { url: environment, value: '/environment/{variable}' },
        change: { method: 'PUT', url: `${environment}/{variable}`, body: { value: '{value}' } },
        undo: { kind: 'restore', parameter: 'value' },
        read_token: '${SUPERVISOR_READ_TOKEN}',
        write_token: '${SUPERVISOR_WRITE_TOKEN}',
      }],
    },
  };
}
