import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Targets } from '../../../src/config/targets.ts';
import { handshakeText, problemsOf } from '../../../src/tools/tls/certificate-text.ts';
import { readCertificate } from '../../../src/tools/tls/read-certificate.ts';
import { tlsCertificate } from '../../../src/tools/tls/tls-certificate.ts';
import type { Handshake } from '../../../src/tools/tls/read-certificate.ts';
import type { ToolResult } from '../../../src/tools/tool.ts';

const day = 86_400_000;
const servers: Server[] = [];
const ports: Record<string, number> = {};
let received = '';

async function listen(name: string, server: Server): Promise<void> {
  servers.push(server.listen(0, '127.0.0.1'));
  await new Promise((resolve) => server.once('listening', resolve));
  ports[name] = (server.address() as AddressInfo).port;
}

const curve = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const names = (...altNames: ({ type: 2; value: string } | { type: 7; ip: string })[]) => [{ name: 'subjectAltName' as const, altNames }];

beforeAll(async () => {
  const authority = await generate([{ name: 'commonName', value: 'Planted Authority' }], { ...curve, notAfterDate: new Date(Date.now() + 900 * day), extensions: [{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, critical: true }] });
  const ca = { key: authority.private, cert: authority.cert };
  const good = await generate([{ name: 'commonName', value: 'checkout' }], { ...curve, ca, notAfterDate: new Date(Date.now() + 200.5 * day), extensions: names({ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }) });
  const expired = await generate([{ name: 'commonName', value: 'old' }], { ...curve, notBeforeDate: new Date(Date.now() - 100 * day), notAfterDate: new Date(Date.now() - 3.5 * day), extensions: names({ type: 7, ip: '127.0.0.1' }) });
  const misnamed = await generate([{ name: 'commonName', value: 'payments' }], { ...curve, notAfterDate: new Date(Date.now() + 5.5 * day), extensions: names({ type: 2, value: 'payments.test' }) });
  const early = await generate([{ name: 'commonName', value: 'early' }], { ...curve, notBeforeDate: new Date(Date.now() + 10 * day), notAfterDate: new Date(Date.now() + 100 * day), extensions: names({ type: 7, ip: '127.0.0.1' }) });
  const secure = (key: string, cert: string) => createServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => void socket.on('error', () => undefined).on('data', (chunk) => (received += chunk.toString()))).on('tlsClientError', () => undefined);
  await listen('good', secure(good.private, `${good.cert}\n${authority.cert}`));
  await listen('incomplete', secure(good.private, good.cert));
  await listen('expired', secure(expired.private, expired.cert));
  await listen('misnamed', secure(misnamed.private, misnamed.cert));
  await listen('early', secure(early.private, early.cert));
  await listen('plain', createHttpServer((_request, response) => response.end('fine')));
  await listen('silent', createTcpServer((socket) => void socket.on('error', () => undefined).resume()));
}, 60_000);
afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

const never = new AbortController().signal;

function targets(): Targets {
  const shared = { checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] };
  const services = [...Object.entries(ports).map(([name, port]) => ({ name, url: `https://127.0.0.1:${port}`, ...shared })), { name: 'named', url: `https://localhost:${ports['good']}`, ...shared }, { name: 'metadata', url: 'https://169.254.169.254', ...shared }, { name: 'gone', url: 'https://127.0.0.1:1', ...shared }, { name: 'lost', url: 'https://no-such-host.invalid', ...shared }];
  return { services, databases: [], operations: [], hosts: [], clusters: [], resolvers: ['10.0.0.53'] };
}

async function run(endpoint: string): Promise<ToolResult> {
  const tool = tlsCertificate(targets());
  if (tool === undefined) throw new Error('there is a tool');
  return tool.run(tool.input.parse({ endpoint }), { signal: never });
}

describe('tls_certificate', () => {
  test('shows the chain, its names, validity, protocol, and that its authority is not trusted here', async () => {
    const { output, command, failed } = await run(`127.0.0.1:${ports['good']}`);
    expect(failed).toBe(false);
    expect(command).toBe(`openssl s_client -connect 127.0.0.1:${ports['good']} -showcerts </dev/null`);
    expect(output).toMatch(/^127\.0\.0\.1 port \d+: TLS handshake in \d+ ms, TLSv1\.3, TLS_\w+, ALPN h2\nproblem: not trusted: SELF_SIGNED_CERT_IN_CHAIN \(its authority/);
    expect(output).toMatch(/\n0\. subject CN=checkout\n {3}names DNS:localhost, IP Address:127\.0\.0\.1\n {3}issuer CN=Planted Authority\n {3}valid \S+Z to \S+Z: 200 days left\n {3}key EC P-256/);
    expect(output).toMatch(/\n1\. subject CN=Planted Authority\n {3}issuer itself\n/);
    expect(received).toBe('');
  });

  test('asks with the name and compares it', async () => {
    const { output, command } = await run(`localhost:${ports['good']}`);
    expect(command).toContain('-servername localhost');
    expect(output).not.toContain('is not one of the certificate');
    expect((await run(`127.0.0.1:${ports['misnamed']}`)).output).toMatch(/problem: the name 127\.0\.0\.1 is not one of the certificate's: DNS:payments\.test[^]*DEPTH_ZERO_SELF_SIGNED_CERT[^]*problem: CN=payments expires in 5 days/);
  });

  test('expired, not yet valid, chain incomplete', async () => {
    expect((await run(`127.0.0.1:${ports['expired']}`)).output).toMatch(/problem: CN=old expired 3 days ago[^]*: expired 3 days ago/);
    expect((await run(`127.0.0.1:${ports['early']}`)).output).toMatch(/problem: CN=early is not valid before \d{4}-/);
    expect((await run(`127.0.0.1:${ports['incomplete']}`)).output).toMatch(/problem: not trusted: UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY) \(/);
  });

  test('says when there is no TLS, or nothing at all, and never touches a metadata address', async () => {
    expect(await run(`127.0.0.1:${ports['plain']}`)).toMatchObject({ failed: true, output: expect.stringMatching(/no TLS handshake: \w+, .*\(it does not speak TLS on that port/) as string });
    expect(await run('127.0.0.1:1')).toMatchObject({ failed: true, output: expect.stringContaining('nothing listens') as string });
    expect(await run('169.254.169.254:443')).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
    expect(await run('no-such-host.invalid:443')).toMatchObject({ failed: true, output: expect.stringContaining('could not be looked up') as string });
    const options = { address: '127.0.0.1', host: 'x', port: ports['silent'] ?? 0, timeoutMilliseconds: 150, signal: never };
    await expect(readCertificate(options)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(readCertificate({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test.each(['127.0.0.1:22', 'evil.test:443', '10.0.0.53:53', '-f', 'toString'])('%s is not an endpoint of a target', async (endpoint) => {
    await expect(run(endpoint)).rejects.toThrow(/Invalid option/);
  });

  test('is not there without targets', () => {
    expect(tlsCertificate({ services: [], databases: [], operations: [], clusters: [], hosts: [], resolvers: ['1.1.1.1'] })).toBeUndefined();
  });
});

describe('what is wrong with a handshake', () => {
  const now = new Date('2026-11-23T00:00:00Z');
  const certificate = { subject: 'CN=a', issuer: 'CN=ca', names: ['DNS:a'], from: new Date('2026-01-01'), to: new Date('2027-01-01'), serial: '01', fingerprint: 'AB:CD', key: 'RSA 2048', selfSigned: false };
  const fine: Handshake = { address: '10.0.0.1', milliseconds: 1, protocol: 'TLSv1.3', cipher: 'c', chain: [certificate] };

  test('nothing', () => {
    expect(problemsOf(fine, 'a', now)).toEqual([]);
    expect(handshakeText(fine, { host: 'a', port: 443, now })).toContain('the certificate is trusted here, valid and made out to a');
  });

  test.each<[string, Partial<Handshake>, RegExp]>([
    ['an expired one is said once', { chain: [{ ...certificate, to: new Date('2026-11-22T20:00:00Z') }], untrusted: 'CERT_HAS_EXPIRED' }, /^CN=a expired 4 hours ago$/],
    ['an expired one in between', { chain: [certificate, { ...certificate, subject: 'CN=ca', to: new Date('2026-10-01') }], untrusted: 'CERT_HAS_EXPIRED' }, /^CN=ca expired 53 days ago$/],
    ['no certificate', { chain: [] }, /^it showed no certificate$/],
    ['an unknown code', { untrusted: 'constructor' }, /^not trusted: constructor$/],
    ['an old protocol', { protocol: 'TLSv1.1' }, /^TLSv1\.1 is refused/],
  ])('%s', (_, change, expected) => {
    expect(problemsOf({ ...fine, ...change }, 'a', now).join('\n')).toMatch(expected);
  });
});
