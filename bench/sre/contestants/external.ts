/** Any program as a contestant: it is given a task in a file, the agent's credentials, and a place for its answer. docs/sre-bench.md says how. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Ask } from '../../../playground/scenarios/scenario.ts';
import { findBinary } from '../../../src/process/find-binary.ts';
import type { Attempt, Contestant, Site } from './contestant.ts';
import { runInGroup } from './external/run-in-group.ts';
import { taskOf } from './external/task.ts';

export const answerSchema = z.strictObject({
  root: z.strictObject({ resource: z.string().min(1), mechanism: z.string().min(1), title: z.string(), confidence: z.number().min(0).max(1).optional() }).nullable(),
  chain: z.array(z.string()).default([]),
  summary: z.string(),
  /** What it did. */
  changes: z.array(z.strictObject({ title: z.string(), command: z.string() })).default([]),
});

const name = 'command';

/** `words`: the program and its words; without them it can be named but not entered. */
export function createExternalContestant(words: readonly string[] = []): Contestant {
  return {
    name,
    describes: 'any program: --agent-command "program and words"',
    engine: 'external',
    enter: async (site) => {
      const [program, ...argv] = words;
      if (program === undefined) throw new Error(`The contestant "${name}" needs --agent-command "program and words".`);
      const file = program.includes('/') ? resolve(program) : findBinary(program);
      const left = new AbortController();
      const running: Promise<unknown>[] = [];
      return {
        investigate: (ask) => {
          const attempt = answerTo(site, ask, { file, argv, signal: AbortSignal.any([left.signal, site.signal]) });
          running.push(attempt.catch(() => undefined));
          return attempt;
        },
        leave: async () => {
          left.abort();
          await Promise.all(running);
        },
      };
    },
  };
}

async function answerTo(site: Site, ask: Ask, { file, argv, signal }: { file: string; argv: readonly string[]; signal: AbortSignal }): Promise<Attempt> {
  const home = join(site.directory, 'agent-home');
  const taskFile = join(site.directory, 'task.json');
  const answerFile = join(site.directory, 'answer.json');
  await mkdir(home, { recursive: true });
  await writeFile(taskFile, `${JSON.stringify(taskOf(site, ask, answerFile), null, 1)}\n`);
  const begun = Date.now();
  const { code, ended, output } = await runInGroup({ file, argv, environment: environmentOf(site, { home, taskFile, answerFile }), signal });
  site.log(output.slice(-4000));
  if (signal.aborted) throw new Error('The agent was still running when its time was up; it and all it had started were ended.');
  if (code !== 0) throw new Error(`The agent ended with ${code ?? ended ?? 'an error'}: ${output.trim().slice(-500) || 'it said nothing'}`);
  const milliseconds = Date.now() - begun;
  const common = { models: {}, steps: 0, evidence: { quotes: 0, unsupported: 0 }, played: 'live' as const, said: [output] };
  if (!existsSync(answerFile)) return { ...common, changes: [], times: {}, notes: ['it wrote no answer'] };
  const text = await readFile(answerFile, 'utf8');
  const { changes, ...answer } = readAnswer(text);
  return {
    ...common,
    answer,
    changes: changes.map(({ title, command }, index) => ({ id: `A${index + 1}`, kind: 'command', title, command, proposed: false, approved: true, automatic: true, executed: true, outcome: 'done' as const })),
    times: { diagnosis: milliseconds },
    said: [output, text],
    notes: [],
  };
}

/** Throws with what is wrong with it. */
function readAnswer(text: string): z.infer<typeof answerSchema> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('The answer is not JSON.');
  }
  const parsed = answerSchema.safeParse(given);
  if (!parsed.success) throw new Error(`The answer has the wrong shape: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`).join('; ')}`);
  return parsed.data;
}

const handedOn = 'SRE_BENCH_AGENT_';

/** Made from nothing: a key of its own comes as SRE_BENCH_AGENT_<NAME>, and arrives as <NAME>. */
function environmentOf({ view }: Site, { home, taskFile, answerFile }: { home: string; taskFile: string; answerFile: string }): Record<string, string> {
  const { KUBECTL, HELM, KUBECONFIG_WRITE } = view.environment;
  const folders = [KUBECTL, HELM].flatMap((program) => (program === undefined ? [] : [dirname(program)]));
  const own = Object.entries(process.env).flatMap(([key, value]) => (key.startsWith(handedOn) && value !== undefined ? [[key.slice(handedOn.length), value] as const] : []));
  return {
    ...Object.fromEntries(own),
    PATH: [...new Set(folders), process.env['PATH'] ?? ''].join(':'),
    HOME: home, TMPDIR: home, LANG: 'C.UTF-8', TZ: 'UTC',
    ...(KUBECONFIG_WRITE !== undefined && { KUBECONFIG: KUBECONFIG_WRITE }),
    ...view.environment,
    SRE_BENCH_TASK: taskFile, SRE_BENCH_ANSWER: answerFile,
  };
}
