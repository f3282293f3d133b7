/** What was measured with what: kept beside the runs, so that a report made later does not guess. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface About {
  commit: string;
  /** Whether files differed from the commit. */
  changed: boolean;
  node: string;
  machine: string;
  /** The options as they were typed. */
  options: string;
  sideBySide: number;
  at: string;
}

const fileName = 'about.json';

/** Adds how this run was made to `folder`. */
export function noteRun(folder: string, { options, sideBySide }: Pick<About, 'options' | 'sideBySide'>): void {
  const git = (...words: string[]): string | undefined => {
    try {
      return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return undefined;
    }
  };
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const about: About = {
    commit: git('rev-parse', '--short=12', 'HEAD') ?? 'unknown',
    changed: (git('status', '--porcelain', '--', 'src', 'playground', 'bench', 'prompts') ?? '') !== '',
    node: process.version,
    machine: `${os.availableParallelism()} cores, ${memory} GiB, ${os.platform()} ${os.arch()}`,
    options,
    sideBySide,
    at: new Date().toISOString(),
  };
  writeFileSync(path.join(folder, fileName), `${JSON.stringify([...readAbout(folder), about], null, 1)}\n`);
}

/** Oldest first. */
export function readAbout(folder: string): About[] {
  const file = path.join(folder, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as About[]) : [];
}
