import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostTarget, Targets } from '../../../src/config/targets.ts';
import { aheadOf } from '../../../src/tools/host/clock-witness.ts';
import { createHostTools } from '../../../src/tools/host/host-tools.ts';
import { recentDeploys } from '../../../src/tools/host/recent-deploys.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';
import { secret } from '../../support/changes.ts';

let folder: string;
let here: HostTarget;
let far: HostTarget;
let asked: string[] = [];
let answer: { status: number; body: unknown };
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers.authorization}`);
  response.writeHead(answer.status).end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
});

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'host-tools-'));
  mkdirSync(path.join(folder, 'live/shop'), { recursive: true });
  mkdirSync(path.join(folder, 'archive'));
  const long = await generate([{ name: 'commonName', value: 'shop.test' }], { notAfterDate: new Date(Date.now() + 400 * 86_400_000), keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'shop.test' }, { type: 2, value: 'www.shop.test' }] }] });
  writeFileSync(path.join(folder, 'archive/cert1.pem'), `${long.private}\n${long.cert}`);
  symlinkSync('../../archive/cert1.pem', path.join(folder, 'live/shop/cert.pem'));
  writeFileSync(path.join(folder, 'live/shop/privkey.pem'), long.private);
  writeFileSync(path.join(folder, 'live/shop/broken.crt'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  writeFileSync(path.join(folder, 'deploys.json'), JSON.stringify([{ service: 'api', version: '2', at: new Date(Date.now() - 60_000).toISOString() }, { service: 'old', at: '2020-01-01T00:00:00Z' }]));
  here = { name: 'here', local: { units: ['nginx.service'], certificates: [path.join(folder, 'live')], ping: ['127.0.0.0/8'], deploys: path.join(folder, 'deploys.json') } };
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  far = { name: 'far', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, readToken: secret('read-token'), writeToken: secret('write-token') };
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  server.close();
});

function run(name: string, input: object, tools: Tool[] = createHostTools([here, far])): Promise<ToolResult> {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no ${name}`);
  return tool.run(tool.input.parse(input), { signal: new AbortController().signal });
}

describe.skipIf(process.platform !== 'linux')('the machine that looks', () => {
  test('facts of the real thing', async () => {
    const { output, failed, command } = await run('host_facts', { host: 'here' });
    expect(failed).toBeUndefined();
    expect(command).toContain('(on here)');
    expect(output).toMatch(/^disk \/ \(.*\): \d+ % of [\d.]+ \w+ used/m);
    expect(output).toMatch(/^memory: [\d.]+ \w+ of [\d.]+ \w+ available/m);
    expect(output).toMatch(/^load: [\d.]+ [\d.]+ [\d.]+ on \d+ CPUs$/m);
    expect(output).not.toContain('clock: as ours');
  });

  test('its clock is held against the times that services answer with', async () => {
    answer = { status: 200, body: '' };
    const services = [{ name: 'api', url: far.url ?? '', checks: [{ name: 'x', path: '/x' }], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }];
    expect((await run('host_facts', { host: 'here' }, createHostTools([here], services))).output).toContain('clock: as the Date header of api');
    expect([aheadOf(10_000, 10_100, 10_200), aheadOf(10_000, 10_999, 12_000), aheadOf(10_000, 20_000, 20_100), aheadOf(10_000, 3_000, 4_000)]).toEqual([0, 0, 9_000, -6_000]);
  });

  test('sockets and interfaces of the real thing', async () => {
    const { output } = await run('host_sockets', { host: 'here' });
    expect(output).toMatch(/^TCP sockets by state: .*LISTEN \d+/m);
    expect(output).toMatch(new RegExp(`^listens.* 127\\.0\\.0\\.1:${(server.address() as AddressInfo).port}\\b`, 'm'));
    expect((await run('host_network', { host: 'here' })).output).toMatch(/^interface lo: /m);
  });

  test('certificates: links are followed, keys are passed over, what is broken is said', async () => {
    const { output } = await run('host_certificates', { host: 'here' });
    expect(output).toMatch(/live\/shop\/cert\.pem: expires \d{4}-\S+ \((?:399|400) days left\); subject CN=shop\.test; names shop\.test, www\.shop\.test/);
    expect(output).toMatch(/could not be read:\n.*broken\.crt/);
    expect(output).not.toContain('privkey');
    expect(output).not.toContain('PRIVATE');
  });

  test('recent deploys from its file', async () => {
    const tool = recentDeploys({ hosts: [here] });
    expect(await tool?.run(tool.input.parse({ source: 'host/here' }), { signal: new AbortController().signal })).toMatchObject({ output: expect.stringMatching(/^\S+ service=api version=2 at=\S+$/) as string });
  });

  test.each<[string, string, object, RegExp]>([
    ['a unit that is not named', 'host_logs', { unit: 'sshd.service' }, /may not be read on this host\. Allowed are: nginx\.service/],
    ['an address that is not named', 'host_network', { ping: '10.0.0.1' }, /may not be pinged from this host\. Allowed are: 127\.0\.0\.0\/8/],
    ['a flag for a unit', 'host_logs', { unit: '--root=/' }, /Refused/],
    ['a flag for an address', 'host_network', { ping: '-f' }, /Refused/],
    ['a host of names', 'host_network', { ping: 'evil.test; id' }, /Refused/],
  ])('refuses %s', async (_what, name, input, words) => {
    expect(await run(name, { host: 'here', ...input })).toMatchObject({ failed: true, output: expect.stringMatching(words) as string });
  });
});

describe('a host with an agent', () => {
  test('is asked with the token that only reads, and its clock is held against ours', async () => {
    asked = [];
    answer = { status: 200, body: { at: Date.now() + 90_000, sections: [{ source: 'df -P -T -l', text: '/dev/sda1 ext4 1000 1000 0 100% /var' }, { source: 'dmesg', text: '', problem: 'no permission to read it' }] } };
    const { output } = await run('host_facts', { host: 'far' });
    expect(output).toMatch(/disk \/var .*: 100 % .*\nclock: at least (?:8\d|90)\d{3} ms ahead of ours\ncould not be read:\n {2}dmesg: no permission to read it/);
    expect(asked).toEqual(['/v1/read?what=facts Bearer read-token']);
  });

  test('the log of a unit comes folded', async () => {
    asked = [];
    answer = { status: 200, body: { at: 0, sections: [{ source: 'journalctl', text: Array.from({ length: 50 }, (_, index) => `2026-11-23T01:00:${String(index).padStart(2, '0')}+0000 edge nginx[7]: connect() to 10.0.0.${index} failed`).join('\n') }] } };
    expect((await run('host_logs', { host: 'far', unit: 'nginx.service', minutes: 5, priority: 'err' })).output).toMatch(/50 lines like this/);
    expect(asked).toEqual(['/v1/read?what=logs&unit=nginx.service&minutes=5&priority=err Bearer read-token']);
  });

  test.each<[string, number, unknown, RegExp]>([
    ['its settings forbid it', 403, { error: 'not_allowed', message: 'The log of x.service may not be read on this host. Its settings allow none (units).' }, /Its settings allow none/],
    ['it is older', 404, { error: 'not_found', message: 'There is no such path.' }, /an older version/],
    ['a wrong token', 401, { error: 'unauthorized', message: 'The token is missing or wrong.' }, /answered 401/],
    ['an answer of something else', 200, '<html>', /not understood/],
  ])('says why there is nothing: %s', async (_what, status, body, words) => {
    answer = { status, body };
    expect(await run('host_facts', { host: 'far' })).toMatchObject({ failed: true, output: expect.stringMatching(words) as string });
  });
});

test('recent deploys over HTTP, with a token that is not shown', async () => {
  asked = [];
  answer = { status: 200, body: { releases: [{ name: 'api', created_at: new Date().toISOString() }] } };
  const targets: Pick<Targets, 'hosts' | 'deploys'> = { hosts: [], deploys: [{ name: 'pipeline', url: `${far.url}/list?key=planted`, token: secret('deploy-token') }] };
  const tool = recentDeploys(targets);
  const result = await tool?.run(tool.input.parse({ source: 'pipeline' }), { signal: new AbortController().signal });
  expect(result).toMatchObject({ output: expect.stringContaining('name=api') as string });
  expect(JSON.stringify(result)).not.toMatch(/planted|deploy-token/);
  expect(asked).toEqual(['/list?key=planted Bearer deploy-token']);
  expect(recentDeploys({ hosts: [] })).toBeUndefined();
});
