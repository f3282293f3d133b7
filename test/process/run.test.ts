import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { helmEnvironment, kubectlEnvironment, minimalEnvironment, privateHome } from '../../src/process/environment.ts';
import { runProcess } from '../../src/process/run.ts';

const environment = minimalEnvironment(privateHome());
const defaults = { environment, timeoutMilliseconds: 30_000, maxBytes: 64 * 1024 };
const node = process.execPath;

/** Runs JavaScript in a child node; never a shell string. */
function script(source: string, options: Partial<Parameters<typeof runProcess>[0]> = {}) {
  return runProcess({ ...defaults, file: node, argv: ['-e', source], ...options });
}

async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('lines that are wanted', () => {
  test('are kept wherever they stand in an output that is far larger than what is kept', async () => {
    const result = await script('for (let i = 0; i < 200_000; i += 1) process.stdout.write(i === 100_000 ? "needle \u00e4 in the middle\\n" : `line ${i} of a long log that says nothing\\n`); process.stdout.write("needle at the end")', { keepLine: (line) => line.includes('needle'), maxBytes: 1_000 });
    expect(result).toMatchObject({ stdout: 'needle \u00e4 in the middle\nneedle at the end\n', truncated: false, linesSeen: 200_001, exitCode: 0 });
  });

  test('are cut when one of them has no end, and when there are too many', async () => {
    const endless = await script('process.stdout.write("needle"); for (let i = 0; i < 300; i += 1) process.stdout.write("x".repeat(10_000)); process.stdout.write("\\nneedle 2")', { keepLine: (line) => line.includes('needle'), maxBytes: 1_000_000 });
    expect(endless.linesSeen).toBe(2);
    expect(endless.stdout).toHaveLength(64 * 1024 + 1 + 'needle 2\n'.length);
    expect(await script('for (let i = 0; i < 1000; i += 1) console.log("needle " + i)', { keepLine: () => true, maxBytes: 1_000 })).toMatchObject({ truncated: true, linesSeen: 1_000 });
  });
});

describe('runProcess', () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  test('gives exit code and both streams, and passes arguments as they are', async () => {
    const result = await runProcess({ ...defaults, file: node, argv: ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1))); process.stderr.write("oh"); process.exitCode = 3', '--', '$(id)', '; echo x', 'a b', "'"] });
    expect(JSON.parse(result.stdout)).toEqual(['$(id)', '; echo x', 'a b', "'"]);
    expect(result).toMatchObject({ exitCode: 3, signal: null, stderr: 'oh', timedOut: false, aborted: false, truncated: false });
  });

  test('inherits nothing from our environment', async () => {
    process.env['SLACK_BOT_TOKEN'] = 'xoxb-planted';
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    process.env['PGPASSWORD'] = 'planted';
    const result = await script('process.stdout.write(JSON.stringify(process.env))');
    expect(JSON.parse(result.stdout)).toEqual(environment);
  });

  test('writes stdin, and does not mind a child that does not read it', async () => {
    expect((await script('process.stdin.pipe(process.stdout)', { stdin: 'hello' })).stdout).toBe('hello');
    expect((await script('process.exit(0)', { stdin: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  test('ends child and grandchild on timeout, although the grandchild holds the pipe', async () => {
    const result = await script('const c = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); console.log(c.pid); setInterval(() => {}, 1000)', { timeoutMilliseconds: 8_000 });
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: 'SIGKILL' });
    const grandchild = Number(result.stdout);
    expect(grandchild).toBeGreaterThan(0);
    await eventually(() => !isAlive(grandchild));
  });

  test('does not wait for a grandchild that left the group and keeps the pipe open', async () => {
    const result = await script('const c = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 25000)"], { stdio: "inherit", detached: true }); c.unref(); console.log(c.pid)');
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
    const escaped = Number(result.stdout);
    expect(isAlive(escaped)).toBe(true);
    process.kill(escaped, 'SIGKILL');
  });

  test('ends the group when it is aborted, and starts nothing once aborted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    expect(await script('setInterval(() => {}, 1000)', { signal: stop.signal })).toMatchObject({ aborted: true, timedOut: false, signal: 'SIGKILL' });
    await expect(script('0', { signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('keeps head and tail of 200 MB in bounded memory', async () => {
    const rss = process.memoryUsage().rss;
    const source = `
      const line = 'x'.repeat(1023) + '\\n';
      const block = line.repeat(1024);
      process.stdout.write('first line\\n');
      let n = 0;
      const more = () => { while (n < 200) { n += 1; if (!process.stdout.write(block)) return void process.stdout.once('drain', more); } process.stdout.write('last line\\n'); };
      more();`;
    const result = await script(source, { maxBytes: 100_000, timeoutMilliseconds: 50_000 });
    expect(result.exitCode).toBe(0);
    expect(result.bytes).toBeGreaterThan(200 * 1024 * 1024);
    expect(result.truncated).toBe(true);
    expect(result.stdout.startsWith('first line\n')).toBe(true);
    expect(result.stdout.endsWith('last line\n')).toBe(true);
    expect(result.stdout).toMatch(/\[\.\.\. [\d,]+ bytes left out \.\.\.\]/);
    expect(result.stdout.length).toBeLessThan(110_000);
    expect(process.memoryUsage().rss - rss).toBeLessThan(150 * 1024 * 1024);
  });

  test('takes binary output without throwing', async () => {
    const result = await script('process.stdout.write(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('\uFFFD');
  });

  test('refuses a relative path, a NUL byte, and says what is wrong with a missing program', async () => {
    await expect(runProcess({ ...defaults, file: 'node', argv: [] })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(runProcess({ ...defaults, file: node, argv: ['a\0b'] })).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(runProcess({ ...defaults, file: '/nowhere/kubectl', argv: [] })).rejects.toMatchObject({ code: 'ENOENT', message: expect.stringContaining('/nowhere/kubectl') as string });
  });
});

test('environments name exactly what a tool needs', () => {
  const home = privateHome();
  expect(existsSync(home)).toBe(true);
  expect(Object.keys(minimalEnvironment(home)).sort()).toEqual(['HOME', 'LC_ALL', 'PATH', 'TZ']);
  expect(kubectlEnvironment(home, '/k')).toMatchObject({ KUBECONFIG: '/k', KUBERC: 'off', HOME: home, LC_ALL: 'C' });
  for (const made of [kubectlEnvironment(home, '/k'), helmEnvironment(home, '/k')]) {
    for (const name of Object.keys(made)) expect(name).not.toMatch(/proxy|^LD_|NODE_OPTIONS|^PG|EDITOR|PAGER|DIFF|SSLKEYLOGFILE/i);
  }
});
