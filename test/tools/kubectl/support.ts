/** Clusters, and a `run` that starts nothing but remembers what it was asked to start. */
import { readFileSync } from 'node:fs';
import type { ClusterTarget } from '../../../src/config/targets.ts';
import { headTail } from '../../../src/process/head-tail.ts';
import { lineFilter } from '../../../src/process/line-filter.ts';
import type { RunOptions, RunResult } from '../../../src/process/run.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';

export const signal = new AbortController().signal;

export function cluster(overrides: Partial<ClusterTarget> & { path?: string } = {}): ClusterTarget {
  const { path = '/etc/sre-agent/read.kubeconfig', ...rest } = overrides;
  return { name: 'production', kubeconfig: { variable: 'KUBECONFIG_READ', reveal: () => path }, namespaces: ['shop'], ...rest };
}

export function ended(overrides: Partial<RunResult> = {}): RunResult {
  return { exitCode: 0, signal: null, stdout: '', stderr: '', timedOut: false, aborted: false, truncated: false, bytes: 0, durationMilliseconds: 1, ...overrides };
}

export interface RecordedRun {
  (options: RunOptions): Promise<RunResult>;
  started: RunOptions[];
}

export function recordedRun(answer: Partial<RunResult> = {}): RecordedRun {
  const started: RunOptions[] = [];
  return Object.assign(async (options: RunOptions) => {
    started.push(options);
    return ended(filtered(answer, options));
  }, { started });
}

/** As runProcess keeps lines. */
function filtered(answer: Partial<RunResult>, { keepLine, maxBytes }: RunOptions): Partial<RunResult> {
  if (keepLine === undefined) return answer;
  const kept = headTail(maxBytes);
  const lines = lineFilter(kept, keepLine);
  lines.add(Buffer.from(answer.stdout ?? ''));
  lines.end();
  return { ...answer, stdout: kept.text(), truncated: kept.truncated, linesSeen: lines.seen };
}

export function toolNamed(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`there is no tool ${name}; there are ${tools.map((one) => one.name).join(', ')}`);
  return tool;
}

export function use(tools: readonly Tool[], name: string, input: unknown): Promise<ToolResult> {
  return toolNamed(tools, name).run(input, { signal });
}

/** What a real cluster printed for this command. */
export function recorded(file: string, command: string): { output: string; exitCode: number } {
  const text = readFileSync(new URL(`../../fixtures/kubernetes-1.36/${file}`, import.meta.url), 'utf8');
  const start = text.indexOf(`$ ${command}\n`);
  if (start === -1) throw new Error(`${file} holds no recording of: ${command}`);
  const rest = text.slice(start + command.length + 3);
  const [end] = /\[exit (\d+)\]\n/.exec(rest) ?? ['[exit 0]'];
  return { output: rest.slice(0, rest.indexOf(end)), exitCode: Number(end.replace(/\D/g, '')) };
}

/** The recordings of pods miss lines inside their projected token volumes (they are no JSON as they are); these volumes are closed again. */
export function recordedJson(file: string, command: string): string {
  return recorded(file, command).output.replace(/"volumes": \[\n[\s\S]*?\n {16}\]/g, '"volumes": []');
}
