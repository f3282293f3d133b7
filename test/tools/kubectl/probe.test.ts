/** The menu, its argument lists and what is made of the answers. With a real cluster: readings/cluster.test.ts. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunOptions, RunResult } from '../../../src/process/run.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { attemptsOf } from '../../../src/tools/kubectl/probe-menu.ts';
import { cluster, ended, use } from './support.ts';

const probes = { variable: 'KUBECONFIG_PROBES', reveal: () => '/etc/sre-agent/probes.kubeconfig' };
const pod = { kind: 'Pod', metadata: { name: 'web-1', namespace: 'shop' }, spec: { containers: [{ name: 'main', env: [{ name: 'PARTNER', value: 'https://api.partner.example/v1' }] }, { name: 'proxy' }] }, status: { podIP: '10.1.0.7' } };
const node = { kind: 'Pod', metadata: { name: 'agent', namespace: 'shop' }, spec: { hostNetwork: true }, status: { podIP: '10.0.0.1' } };
const service = { kind: 'Service', metadata: { name: 'checkout', namespace: 'shop' }, spec: { clusterIP: '10.96.0.9', selector: { app: 'checkout' } } };
const alias = { kind: 'Service', metadata: { name: 'partner', namespace: 'shop' }, spec: { type: 'ExternalName', externalName: 'pay.partner.example' } };

interface World {
  tools: ReturnType<typeof createKubectlTools>;
  execs: RunOptions[];
}

/** `answer` says what each exec ends with, by its words after `--`. */
function world(answer: (words: readonly string[]) => Partial<RunResult> = () => ({}), namespaces = ['shop']): World {
  const execs: RunOptions[] = [];
  const run = async (options: RunOptions): Promise<RunResult> => {
    if (options.argv[0] !== 'exec') {
      const list = { kind: 'List', apiVersion: 'v1', items: [pod, node, service, alias].filter(({ kind }) => options.argv[1]?.includes(`${kind.toLowerCase()}s`)) };
      return ended({ stdout: JSON.stringify(options.argv[2]?.startsWith('-') ? list : pod) });
    }
    execs.push(options);
    return ended(answer(options.argv.slice(options.argv.indexOf('--') + 1)));
  };
  return { tools: createKubectlTools({ clusters: [cluster({ probes, namespaces })], binary: '/opt/kubectl', run, endpoints: ['pay.partner.example:443'] }), execs };
}

const absent = (program = 'wget'): Partial<RunResult> => ({ exitCode: 1, stderr: `error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "0": OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown` });
const ended1 = (stderr: string, stdout = ''): Partial<RunResult> => ({ exitCode: 1, stdout, stderr: `${stderr}\ncommand terminated with exit code 1\n` });

test('there is no such tool without an identity for it, or where this process has none', () => {
  const namesOf = (target: ReturnType<typeof cluster>): string[] => createKubectlTools({ clusters: [target], binary: '/opt/kubectl' }).map(({ name }) => name);
  expect(namesOf(cluster())).not.toContain('kubectl_probe');
  expect(namesOf(cluster({ probes }))).toContain('kubectl_probe');
});

describe('what is started', () => {
  test.each([
    [{ probe: 'http', host: 'checkout', port: 8080, path: '/healthz' }, ['wget', '-nv', '-S', '-O', '-', '-T', '5', '--tries=1', '--max-redirect=0', '--no-proxy', '--content-on-error', 'http://checkout:8080/healthz']],
    [{ probe: 'dns', host: 'db.elsewhere.example' }, ['nslookup', 'db.elsewhere.example']],
    [{ probe: 'tcp', host: '10.96.0.9', port: 80 }, ['nc', '-z', '-v', '-w', '5', '10.96.0.9', '80']],
    [{ probe: 'resolv_conf' }, ['cat', '/etc/resolv.conf']],
    [{ probe: 'environment_names' }, ['awk', 'BEGIN { for (name in ENVIRON) print name }']],
  ])('%j', async (input, words) => {
    const { tools, execs } = world();
    await use(tools, 'kubectl_probe', { pod: 'web-1', container: 'proxy', ...input });
    expect(execs.map(({ argv }) => argv)).toEqual([['exec', 'pod/web-1', '--kubeconfig=/etc/sre-agent/probes.kubeconfig', '--namespace=shop', '--container=proxy', '--stdin=false', '--tty=false', '--pod-running-timeout=5s', '--', ...words]]);
  });

  test('the next program of the menu where one is missing or does not know its options, and none of them is a shell', async () => {
    const { tools, execs } = world(([program = '', ...words]) => (program === 'wget' ? (words.includes('--tries=1') ? ended1("wget: unrecognized option '--tries=1'\nBusyBox v1.36.1 multi-call binary.") : absent()) : program === 'curl' ? absent('curl') : { stdout: 'HTTP/1.1 200 OK\n\nfine\n' }));
    const { output } = await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'http', host: 'checkout' });
    expect(output).toBe('Answered with HTTP 200 (python3, ended with 0)\nHTTP/1.1 200 OK\nbody:\nfine');
    expect(execs.map(({ argv }) => argv[argv.indexOf('--') + 1])).toEqual(['wget', 'wget', 'curl', 'python3']);
    const programs = (['http', 'dns', 'tcp', 'resolv_conf', 'environment_names'] as const).flatMap((probe) => attemptsOf({ probe, host: 'a', port: 1, path: '/', method: 'GET', scheme: 'http' } as Parameters<typeof attemptsOf>[0])).map(({ argv }) => argv[0]);
    expect([...new Set(programs)].filter((program) => !['wget', 'curl', 'python3', 'nslookup', 'getent', 'nc', 'cat', 'head', 'awk', 'cut'].includes(program))).toEqual([]);
  });

  test('an end with 127 and no words of its own is a program that is missing', async () => {
    const { tools, execs } = world(([program]) => (program === 'nslookup' ? { exitCode: 127, stderr: 'command terminated with exit code 127' } : { stdout: '10.96.0.9 STREAM checkout\n' }));
    expect((await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'dns', host: 'checkout' })).output).toMatch(/^The name resolves \(getent, ended with 0\)\n10\.96\.0\.9/);
    expect(execs).toHaveLength(2);
  });

  test('no program at all is said, with what to do instead', async () => {
    const { tools } = world(() => absent());
    expect(await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'dns', host: 'checkout' })).toMatchObject({ failed: true, output: expect.stringMatching(/none of the programs for this \(nslookup, getent, python3\)\. Look at the pod's dnsPolicy/) as string });
  });

  test('what kubectl itself could not do is a failure with its reason', async () => {
    const { tools } = world(() => ({ exitCode: 1, stderr: 'Error from server (Forbidden): pods "web-1" is forbidden: User "sre-probe" cannot create resource "pods/exec" in API group "" in the namespace "shop"' }));
    expect(await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'resolv_conf' })).toMatchObject({ failed: true, output: expect.stringMatching(/The identity of probes lacks the right to create pods\/exec in namespace shop/) as string });
  });
});

describe('refused, and nothing is run in the pod', () => {
  test.each([
    ...['-O/etc/x', '--post-file=/etc/passwd', '$(id)', 'a b', 'a;id', 'a/b', 'a@b', 'user:pass@checkout', '169.254.169.254', 'metadata.google.internal', '0', '2130706433', '0x7f.1', '[::1]', '::1', 'http://checkout', 'a\nb', 'kubernetes.default.svc', 'checkout.kube-system.svc', 'checkout.shop.svc.evil.example', 'checkout.shop', 'unknown', '10.0.0.1', '10.96.0.10', '192.168.0.1', 'partner.example', 'evil.api.partner.example.evil'].map((host) => ({ probe: 'http', host })),
    ...['relative', '/a?b=c', '/a b', '/../x', '/%2e', '-x', '/a\nb', `/${'a'.repeat(300)}`, '/quitquitquit', '/actuator/heapdump', '/actuator/env', '/admin/shutdown'].map((path) => ({ probe: 'http', host: 'checkout', path })),
    { probe: 'http', host: 'api.partner.example', path: '/v1/steal' }, { probe: 'http', host: 'partner', path: '/v1/steal' }, { probe: 'tcp', host: 'checkout' }, { probe: 'dns', host: 'checkout', port: 53 }, { probe: 'dns', host: 'deadbeef0123456789deadbeef0123.evil.example' },
    { probe: 'resolv_conf', host: 'checkout' }, { probe: 'exec', host: 'checkout' }, { probe: 'tcp', host: 'checkout', port: 0 }, { probe: 'http' }, { probe: 'http', host: 'checkout', method: 'POST' }, { probe: 'http', host: 'checkout', scheme: 'file' },
    { probe: 'resolv_conf', container: 'other' }, { probe: 'resolv_conf', container: '-it' }, { probe: 'resolv_conf', pod: '--all' }, { probe: 'resolv_conf', namespace: 'kube-system' }, { probe: 'environment_names', values: true },
  ])('%j', async (input) => {
    const { tools, execs } = world();
    expect(await use(tools, 'kubectl_probe', { pod: 'web-1', ...input })).toMatchObject({ failed: true, output: expect.stringMatching(/^Refused, nothing was run\.\n\S/) as string });
    expect(execs).toEqual([]);
  });

  test.each(['checkout', 'partner', 'checkout.shop.svc', 'checkout.shop.svc.cluster.local', '0.checkout.shop.svc', '10.96.0.9', '10.1.0.7', 'localhost', '127.0.0.1', 'api.partner.example', 'pay.partner.example'])('%s is not', async (host) => {
    const { tools, execs } = world();
    await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'http', host });
    expect(execs).toHaveLength(1);
  });

  test('whatever is accepted stays in its words', async () => {
    const { tools, execs } = world();
    const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ unit: fc.constantFrom('a', '-', '.', '/', '0', ':', '@', '%', ' ', '$', '`'), maxLength: 16 }), fc.constantFrom('checkout', 'localhost', '/healthz', 'web-1'));
    await fc.assert(fc.asyncProperty(fc.constantFrom('http', 'dns', 'tcp'), hostile, hostile, async (probe, host, path) => {
      await use(tools, 'kubectl_probe', { pod: 'web-1', probe, host, ...(probe === 'http' ? { path } : probe === 'tcp' ? { port: 80 } : {}) });
      for (const { argv } of execs.splice(0)) {
        const words = argv.slice(argv.indexOf('--') + 1);
        expect(argv.lastIndexOf('--')).toBe(argv.indexOf('--'));
        expect(words.at(-1)).toMatch(probe === 'http' ? /^http:\/\/[A-Za-z0-9._-]+:80\/[A-Za-z0-9._~/-]*$/ : /^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
      }
    }), { numRuns: 500 });
  });
});

describe('what is made of the answers', () => {
  test('values of variables that slip through are dropped, and so is whatever is no name', async () => {
    const { tools } = world(() => ({ stdout: 'PATH\nAPI_KEY=secret-value\nsecond line of it\nREDIS_SERVICE_HOST\nREDIS_PORT_6379_TCP_ADDR\nREDIS_URL\n' }));
    expect((await use(tools, 'kubectl_probe', { pod: 'web-1', probe: 'environment_names' })).output).toBe('Names of the variables that a program there gets; values are never read (awk, ended with 0)\nPATH\nREDIS_URL\n(and addresses of 1 Services: REDIS)\n(2 lines that are no names are left out)');
  });

  test('the programs on the menu print names alone, whatever is in the values', () => {
    const environment = { PATH: process.env['PATH'] ?? '', PLAIN: 'value-one', LONG: 'value-two\nFAKE=value-three\nvalue-four', EMPTY: '' };
    const attempts = attemptsOf({ probe: 'environment_names' });
    const said = attempts.flatMap(({ argv: [program, ...words] }) => {
      try {
        return [execFileSync(program, words, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })];
      } catch {
        return []; // Not on this machine.
      }
    });
    expect(said.length).toBeGreaterThan(0);
    for (const text of said) {
      expect(text.split(/[\n\0]/)).toEqual(expect.arrayContaining(['PLAIN', 'LONG', 'EMPTY']));
      expect(text).not.toMatch(/value|FAKE/);
    }
  });

  test.each([
    [{ probe: 'http', host: 'checkout' }, ended1('wget: can\'t connect to remote host (10.96.0.9): Connection refused'), /^No answer: refused:/],
    [{ probe: 'http', host: 'checkout' }, ended1("wget: bad address 'checkout:80'"), /^No answer: the name is not known/],
    [{ probe: 'http', host: 'checkout' }, ended1('wget: download timed out'), /^No answer: nothing came back in time/],
    [{ probe: 'http', host: 'checkout' }, { exitCode: 8, stderr: '  HTTP/1.1 503 Service Unavailable\n  set-cookie: session=abc\n  Content-Length: 4\nhttp://checkout:80/:\n2026-11-23 04:16:43 ERROR 503: Service Unavailable.\ncommand terminated with exit code 8\n', stdout: 'down' }, /^Answered with HTTP 503 \(wget, ended with 8\)\n(?!.*set-cookie)[^]*Content-Length: 4[^]*\nbody:\ndown$/],
    [{ probe: 'dns', host: 'checkout' }, ended1('', 'Server:\t\t10.96.0.10\n\n** server can\'t find checkout: SERVFAIL\n'), /^The name does not resolve: the DNS of this pod does not answer, or fails/],
    [{ probe: 'tcp', host: 'checkout', port: 80 }, { stderr: 'checkout (10.96.0.9:80) open' }, /^Port 80 is open \(nc/],
    [{ probe: 'tcp', host: 'checkout', port: 80 }, ended1('nc: checkout (10.96.0.9:80): Connection timed out'), /^No connection: nothing came back in time/],
  ])('%j', async (input, answer, output) => {
    const { tools } = world(() => answer);
    const result = await use(tools, 'kubectl_probe', { pod: 'web-1', ...input });
    expect(result.output).toMatch(output);
    expect(result.failed).toBeUndefined();
    expect(result.output).not.toContain('set-cookie');
  });
});
