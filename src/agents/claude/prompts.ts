/** The texts in prompts/: read once, with a hash that the audit trail records with every model call. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { specialistNames } from '../../incident/types.ts';

export const promptNames = ['orchestrator', 'single', 'answer', ...specialistNames] as const;
export type PromptName = (typeof promptNames)[number];

export interface Prompt {
  text: string;
  /** First 12 hex digits of its SHA-256. */
  hash: string;
  /** All of it. */
  sha256: string;
}

export type Prompts = Record<PromptName, Prompt>;

export function loadPrompts(directory = findDirectory()): Prompts {
  const read = (name: string): string => readFileSync(join(directory, `${name}.md`), 'utf8').trim();
  const [atWork, decision] = [read('specialist'), read('decision')];
  const partsOf = (name: PromptName): string[] => {
    if (name === 'orchestrator') return [read(name), decision];
    if (name === 'single') return [read(name), decision, ...specialistNames.map((trade) => expertise(trade, read(trade)))];
    return name === 'answer' ? [read(name)] : [read(name), atWork];
  };
  const load = (name: PromptName): Prompt => {
    const text = `${partsOf(name).join('\n\n')}\n`;
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { text, hash: sha256.slice(0, 12), sha256 };
  };
  return Object.fromEntries(promptNames.map((name) => [name, load(name)])) as Prompts;
}

/** What a specialist knows, under the name of its trade. */
function expertise(trade: string, text: string): string {
  return `# What an expert knows: ${trade}\n${text.slice(text.indexOf('\n', text.indexOf('\n# ') + 1) + 1)}`;
}

/** prompts/ lies beside package.json, above src/ and above dist/src/. */
function findDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'prompts', 'orchestrator.md'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('The folder prompts/ is missing from the installation; reinstall sre-agent.');
    directory = parent;
  }
  return join(directory, 'prompts');
}
