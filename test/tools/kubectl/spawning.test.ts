/** A program of ours in kubectl's place: what it is given, and what happens when it misbehaves. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHelmTools } from '../../../src/tools/helm/helm-tools.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { waitFor } from '../../support/wait-for.ts';
import { cluster, signal, toolNamed, use } from './support.ts';

describe('the program', { timeout: 60_000 }, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sre-agent-program-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, source: string): string {
    const file = path.join(folder, name);
    writeFileSync(file, `#!${process.execPath}\n${source}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  test('gets an environment made from nothing, and its arguments as they are', async () => {
    process.env['SLACK_BOT_TOKEN'] = 'planted';
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
    process.env['KUBECTL_EXTERNAL_DIFF'] = 'planted';
    try {
      const binary = program('environment.cjs', 'console.log(JSON.stringify({ environment: process.env, argv: process.argv.slice(2) }))');
      const { output } = await use(createKubectlTools({ clusters: [cluster()], binary }), 'kubectl_get', { kind: 'pods', selector: 'a in (b, c)' });
      const seen = JSON.parse(output) as { environment: Record<string, string>; argv: string[] };
      expect(Object.keys(seen.environment).sort()).toEqual(['HOME', 'KUBECONFIG', 'KUBERC', 'LC_ALL', 'PATH', 'TZ']);
      expect(seen.environment).toMatchObject({ KUBERC: 'off', KUBECONFIG: '/etc/sre-agent/read.kubeconfig' });
      expect(seen.argv).toContain('--selector=a in (b, c)');
      const helm = program('helm.cjs', 'console.error(JSON.stringify(process.env)); process.exitCode = 1');
      const told = await use(createHelmTools({ clusters: [cluster({ allowPowerfulRead: true })], binary: helm }), 'helm_look', { view: 'releases' });
      expect(told.output).not.toContain('planted');
      expect(told.output).toMatch(/"HELM_NO_PLUGINS":"1"/);
    } finally {
      for (const name of ['SLACK_BOT_TOKEN', 'HTTPS_PROXY', 'KUBECTL_EXTERNAL_DIFF']) delete process.env[name];
    }
  });

  test('is ended with its grandchild when it does not answer', async () => {
    const note = path.join(folder, 'grandchild');
    const binary = program('hangs.cjs', `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); require('node:fs').writeFileSync(${JSON.stringify(note)}, String(child.pid)); console.log('half a line'); setInterval(() => {}, 1000);`);
    const result = await use(createKubectlTools({ clusters: [cluster()], binary, timeoutMilliseconds: 8_000 }), 'kubectl_get', { kind: 'pods' });
    expect(result).toMatchObject({ failed: true, output: expect.stringContaining('Cluster production did not answer within 8 s. Ask for less, or report that it could not be seen.') });
    const grandchild = Number(readFileSync(note, 'utf8'));
    await waitFor('the end of the grandchild', () => !existsSync(`/proc/${grandchild}`) || readFileSync(`/proc/${grandchild}/stat`, 'utf8').includes(') Z '));
    expect(grandchild).toBeGreaterThan(0);
  });

  test('that prints without end is read in bounded memory', async () => {
    const binary = program('chatty.cjs', 'let n = 0; const line = "x".repeat(1000); const write = () => { while (n < 30000) { n += 1; if (!process.stdout.write(`${n} ${line}\\n`)) return process.stdout.once("drain", write); } }; write();');
    const { output, failed } = await use(createKubectlTools({ clusters: [cluster()], binary, timeoutMilliseconds: 50_000 }), 'kubectl_logs', { name: 'x' });
    expect(failed).toBeUndefined();
    expect(output.length).toBeLessThan(1_200_000);
    expect(output).toMatch(/^1 x/);
    expect(output).toMatch(/\n {2}\[[\d,]+ lines like this/);
    expect(output).toMatch(/bytes left out/);
    const object = await use(createKubectlTools({ clusters: [cluster()], binary, timeoutMilliseconds: 50_000 }), 'kubectl_get', { kind: 'pods', name: 'x' });
    expect(object).toMatchObject({ failed: true, output: expect.stringMatching(/too large/) });
  });

  test('that is not there is a failure in words; an abort rejects', async () => {
    expect(await use(createKubectlTools({ clusters: [cluster()], binary: path.join(folder, 'absent') }), 'kubectl_get', { kind: 'pods' })).toMatchObject({ failed: true, output: expect.stringMatching(/could not be started/) });
    const binary = program('waits.cjs', 'setInterval(() => {}, 1000)');
    const controller = new AbortController();
    const pending = toolNamed(createKubectlTools({ clusters: [cluster()], binary }), 'kubectl_get').run({ kind: 'pods' }, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('stopped by a person')));
    await expect(pending).rejects.toThrow('stopped by a person');
    expect(signal.aborted).toBe(false);
  });
});
