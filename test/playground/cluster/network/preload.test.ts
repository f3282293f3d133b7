import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const program = `
import http from 'node:http';
import { readFileSync } from 'node:fs';
import os from 'node:os';
const listening = (port, text, host) => new Promise((resolve) => http.createServer((request, response) => response.end(text + ' to ' + request.socket.remoteAddress)).listen(port, host, resolve));
await listening(8099, 'high');
await listening(99, 'low');
await listening(8098, 'private', '127.0.0.1');
const answers = [];
const got = [];
const agent = new http.Agent({ keepAlive: true });
const get = (url) => new Promise((resolve, reject) => {
  http.get(url, { agent }, (response) => response.setEncoding('utf8').once('data', resolve)).once('error', reject);
});
for (const url of ['http://itself:8099', 'http://itself:99', 'http://localhost:8099', 'http://127.231.0.77:99']) {
  answers.push(await (await fetch(url)).text());
  got.push(await get(url));
}
agent.destroy();
await new Promise((resolve) => setTimeout(resolve, 100));
const kept = Object.keys(agent.sockets).length + Object.keys(agent.freeSockets).length;
const { KUBERNETES_SERVICE_HOST: apiHost, KUBERNETES_SERVICE_PORT: apiPort } = process.env;
const api = apiPort === '0' ? null : await get('http://' + apiHost + ':' + apiPort);
const inside = (await (await fetch('http://localhost:8098')).text()).split(' ')[0];
const outside = await fetch('http://itself:8098').catch((error) => error.cause.code);
const nobody = await fetch('http://nobody.at.all:8099').catch((error) => error.cause.code);
console.log(JSON.stringify({ answers, got, kept, api, inside, outside, nobody, host: os.hostname(), file: readFileSync('/etc/itself/name', 'utf8'), variables: ['CONTAINER_SANDBOX', 'NODE_OPTIONS'].map((name) => process.env[name] ?? null) }));
process.exit(0);
`;

async function run(mode: string, api = 0): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'sre-agent-preload-'));
  folders.push(folder);
  await writeFile(join(folder, 'name'), 'from the mount');
  await writeFile(join(folder, 'program.mjs'), program);
  await writeFile(join(folder, 'sandbox.json'), JSON.stringify({
    podAddress: '127.231.0.77', hostname: 'itself-0', dns: { nameservers: ['127.231.0.78'], search: [], ndots: 5 }, hosts: [{ address: '127.231.0.77', names: ['itself'] }],
    mounts: [{ path: '/etc/itself', real: folder, readOnly: true }], relocations: join(folder, 'relocations'),
  }));
  const preload = fileURLToPath(new URL('../../../../playground/cluster/network/preload.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--import', preload, join(folder, 'program.mjs')], {
    env: { PATH: process.env['PATH'] ?? '', CONTAINER_SANDBOX: join(folder, 'sandbox.json'), NODE_OPTIONS: '--no-warnings', CLUSTER_ADDRESSES: mode, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api) },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe.skipIf(process.platform !== 'linux')('a program in a pod', () => {
  it('has the pod’s own address, name and files, and knows nothing of the playground', async () => {
    const seen = await run('loopback');
    expect(seen['answers']).toEqual(['high to 127.231.0.77', 'low to 127.231.0.77', 'high to 127.231.0.77', 'low to 127.231.0.77']);
    expect(seen).toMatchObject({ host: 'itself-0', file: 'from the mount', variables: [null, null] });
  });

  it('has its own address in requests of node:http too, whose agents name no path of a socket by null', async () => {
    const { answers, got, kept } = await run('loopback');
    expect(got).toEqual(answers);
    expect(kept).toBe(0);
  });

  it('reaches the API server, which listens on the machine’s localhost', async () => {
    const server = createServer((_request, response) => response.end('the API'));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address = server.address();
    const seen = await run('loopback', typeof address === 'object' && address !== null ? address.port : 0).finally(() => server.close());
    expect(seen['api']).toBe('the API');
  });

  it('alone reaches what listens on its loopback', async () => {
    expect(await run('loopback')).toMatchObject({ inside: 'private', outside: 'ECONNREFUSED' });
  });

  it('gets no name from a DNS server that is not there', async () => {
    expect((await run('loopback'))['nobody']).toBe('EAI_AGAIN');
  });
});

it('finds its way by ports where 127.0.0.1 is the only address', async () => {
  const { answers, got } = await run('ports');
  expect(answers).toEqual(['high to 127.0.0.1', 'low to 127.0.0.1', 'high to 127.0.0.1', 'low to 127.0.0.1']);
  expect(got).toEqual(answers);
});
