/** Children in the real bubblewrap: what they see, and that they end. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHostReader } from '../../src/host-facts/read-host.ts';
import { kubectlEnvironment, minimalEnvironment, privateHome } from '../../src/process/environment.ts';
import { openSandbox } from '../../src/process/open-sandbox.ts';
import { runProcess, useSandbox } from '../../src/process/run.ts';
import type { RunOptions } from '../../src/process/run.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { requirement } from '../support/requirements.ts';
import { waitFor } from '../support/wait-for.ts';

describe.skipIf(process.platform !== 'linux' || !requirement('bwrap'))('in the sandbox', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sre-agent-sandbox-'));

  beforeAll(async () => {
    useSandbox(await openSandbox('require', silentLogger));
    for (const name of ['kubeconfig', 'ca.pem', 'token', 'other']) writeFileSync(path.join(folder, name), name === 'kubeconfig' ? 'clusters: [{ name: c, cluster: { certificate-authority: ca.pem } }]\nusers: [{ name: u, user: { tokenFile: token } }]\n' : name);
  });
  afterAll(() => {
    useSandbox(undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  const sh = (script: string, over: Partial<RunOptions> = {}) => runProcess({ file: '/bin/sh', argv: ['-c', script], environment: minimalEnvironment(privateHome()), timeoutMilliseconds: 20_000, maxBytes: 100_000, ...over });

  test('a child sees libraries and its home, and neither files, processes nor variables of ours', async () => {
    const script = 'ls -A / | tr "\\n" " "; for file in /etc/shadow /etc/passwd /etc/ssl/private /etc/pki/tls/private /proc/1 /root /var /sys "$0"; do test -e "$file" && echo "SEES $file"; done; echo; env; echo "pid $$"; pwd';
    const { stdout, exitCode } = await sh('', { argv: ['-c', script, path.join(folder, 'other')] });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('SEES');
    expect(stdout.split('\n')[0]?.trim().split(' ').filter((name) => !['bin', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'sbin', 'tmp', 'usr'].includes(name))).toEqual([]);
    expect(stdout.match(/^[A-Z_]+=/gm)?.filter((name) => !['PWD=', 'OLDPWD=', 'SHLVL=', '_='].includes(name)).sort()).toEqual(['HOME=', 'LC_ALL=', 'PATH=', 'TZ=']);
    expect(Number(/pid (\d+)/.exec(stdout)?.[1])).toBeLessThan(10);
    expect(stdout.trim().endsWith(privateHome())).toBe(true);
  });

  test('its kubeconfig and what that refers to, read-only; not what lies beside them', async () => {
    const { stdout } = await sh(`for f in kubeconfig ca.pem token other; do cat ${folder}/$f 2>/dev/null | tail -1; echo "= $f"; done; (echo x >> ${folder}/token) 2>/dev/null && echo WROTE; (echo x > /usr/x) 2>/dev/null && echo WROTE`, { environment: kubectlEnvironment(privateHome(), path.join(folder, 'kubeconfig')) });
    expect(stdout).toMatch(/tokenFile[^]*= kubeconfig\nca\.pem= ca\.pem\ntoken= token\n= other\n$/);
    expect(readFileSync(path.join(folder, 'token'), 'utf8')).toBe('token');
  });

  test('a program whose subject is this machine is run outside of it, and then facts of the host are of the host', async () => {
    expect((await sh('test -e /proc/1 && echo SEES', { outsideSandbox: true })).stdout).toBe('SEES\n');
    const { sections } = await createHostReader({ units: [], certificates: [], ping: [] }).read({ what: 'facts' }, new AbortController().signal);
    expect(sections.find(({ source }) => source === 'df -P -T -l')?.text).toMatch(/ \/$/m);
    expect(sections.find(({ source }) => source.startsWith('ps '))?.text.split('\n').length).toBeGreaterThan(3);
  });

  test('exit codes, both outputs and stdin pass through', async () => {
    expect(await sh('cat; echo problem >&2; exit 3', { stdin: 'hello' })).toMatchObject({ exitCode: 3, stdout: 'hello', stderr: 'problem\n' });
  });

  /** Any process of this machine with the word on its command line. */
  const running = (word: string): boolean => readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && name !== String(process.pid) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });

  test.each(['timeout', 'abort', 'its own end'] as const)('%s takes its grandchildren with it, also those in a session of their own', async (how) => {
    const word = `9${Math.floor(Math.random() * 1e9)}`;
    const stop = new AbortController();
    const script = `setsid sleep ${word} & sleep ${word} & echo started; ${how === 'its own end' ? 'true' : `sleep ${word}`}`;
    const ended = sh(script, { timeoutMilliseconds: how === 'timeout' ? 1_500 : 60_000, signal: stop.signal });
    if (how === 'abort') {
      await waitFor('the grandchildren', () => running(word));
      stop.abort();
    }
    expect(await ended).toMatchObject({ timedOut: how === 'timeout', aborted: how === 'abort' });
    await waitFor('all of them to be gone', () => !running(word));
  });
});

test('where it does not work: required says so, otherwise it goes on without', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    await expect(openSandbox('require', silentLogger)).rejects.toThrow(/SANDBOX is require.*bwrap was not found/);
    expect(await openSandbox('auto', silentLogger)).toBeUndefined();
    expect(await openSandbox('off', silentLogger)).toBeUndefined();
  } finally {
    process.env['PATH'] = before;
  }
});
