/** The words of the menu, given to the real programs, as far as this machine has them, against a real server. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptsOf } from '../../../src/tools/kubectl/probe-menu.ts';
import type { Attempt, Probe } from '../../../src/tools/kubectl/probe-menu.ts';
import { probeText } from '../../../src/tools/kubectl/probe-text.ts';
import type { Said } from '../../../src/tools/kubectl/probe-text.ts';

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const status = request.url === '/down' ? 503 : request.url === '/elsewhere' ? 302 : 200;
  response.writeHead(status, { 'content-type': 'text/plain', 'set-cookie': 'session=topsecret', ...(status === 302 && { location: '/trap' }) }).end(`this is ${request.url}\n`);
});
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

/** Undefined for a program that is not here, or is another one than is meant. */
function run({ argv: [program, ...words] }: Attempt): Promise<Said | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, { env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere', http_proxy: 'http://127.0.0.1:1' }, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve(typeof code !== 'number' || /unrecognized option|invalid option|unknown option/i.test(stderr) ? undefined : { exitCode: code, stdout, stderr });
    });
  });
}

async function texts(probe: Probe): Promise<string[]> {
  const attempts = attemptsOf(probe);
  const said = await Promise.all(attempts.map(run));
  return said.flatMap((one, index) => (one === undefined ? [] : [probeText(probe, attempts[index] as Attempt, one)]));
}

const http = (path: string, method: 'GET' | 'HEAD' = 'GET', at = port): Probe => ({ probe: 'http', scheme: 'http', method, host: '127.0.0.1', port: at, path });

describe('http', () => {
  test('an answer: its status, its headers without those that carry a session, its body where nothing was followed', async () => {
    const all = await texts(http('/healthz'));
    expect(all.length).toBeGreaterThan(0);
    for (const text of all) {
      expect(text).toMatch(/^Answered with HTTP 200 \(\w+, ended with 0\)\n[^]*content-type: text\/plain/i);
      expect(text).toMatch(/body:\nthis is \/healthz$|This wget follows redirects; the body is not shown\./);
      expect(text).not.toContain('topsecret');
    }
  });

  test('an answer that is an error is an answer', async () => {
    for (const text of await texts(http('/down'))) expect(text).toMatch(/^Answered with HTTP 503 /);
  });

  test('HEAD asks for the head alone', async () => {
    asked.length = 0;
    for (const text of await texts(http('/healthz', 'HEAD'))) expect(text).toMatch(/^Answered with HTTP 200 (?![^]*this is)/);
    expect(new Set(asked)).toEqual(new Set(['HEAD /healthz']));
  });

  test('a redirect is shown; who follows it all the same shows nothing of where it leads', async () => {
    for (const text of await texts(http('/elsewhere'))) {
      expect(text).toMatch(/^Answered with HTTP 302[^]*location: \/trap/i);
      expect(text).not.toContain('this is /trap');
    }
  });

  test('nobody listens', async () => {
    const all = await texts(http('/', 'GET', 1));
    expect(all.length).toBeGreaterThan(0);
    for (const text of all) expect(text).toMatch(/^No answer: (?:refused: |no connection came about: nothing listens)[^]*\n.*(?:refused|connect)/i);
  });
});

test('tcp, open and shut', async () => {
  for (const text of await texts({ probe: 'tcp', host: '127.0.0.1', port })) expect(text).toMatch(/^Port \d+ is open /);
  for (const text of await texts({ probe: 'tcp', host: '127.0.0.1', port: 1 })) expect(text).toMatch(/^No connection: refused: /);
});

test('names, known and unknown', async () => {
  for (const text of await texts({ probe: 'dns', host: 'localhost' })) expect(text).toMatch(/^The name resolves .*\n[^]*(?:127\.0\.0\.1|::1)/);
  for (const text of await texts({ probe: 'dns', host: 'nobody.invalid' })) expect(text).toMatch(/^The name does not resolve: /);
});

test('resolv.conf', async () => {
  const all = await texts({ probe: 'resolv_conf' });
  expect(new Set(all.map((text) => text.split('\n').slice(1).join('\n'))).size).toBe(1);
});
