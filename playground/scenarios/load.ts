/** Finds the scenarios below folders and refuses mistakes with file and line, all of them at once. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { register as registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { lineOfExport, lineOfImport, lineOfKey, thrownAt } from './load-lines.ts';
import { probe } from './load-probe.ts';
import { categories, scenarioSchema } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export interface LoadedScenario {
  scenario: Scenario;
  file: string;
  /** From outside the repository. */
  external: boolean;
}

export interface Mistake {
  file: string;
  /** From 1; 0 when the file as a whole is meant. */
  line: number;
  message: string;
}

export class ScenarioMistakes extends Error {
  constructor(readonly mistakes: readonly Mistake[]) {
    super(mistakes.map(({ file, line, message }) => `${file}${line > 0 ? `:${line}` : ''}: ${message}`).join('\n'));
    this.name = 'ScenarioMistakes';
  }
}

const endings = ['.ts', '.js', '.mjs'];

/**
 * The bench's own scenarios, or those in `folder` and below: .ts, .js and .mjs, not .d.ts and .test.ts. Sorted by category and id.
 * @throws ScenarioMistakes
 */
export async function loadScenarios(folder?: string): Promise<LoadedScenario[]> {
  const files = folder === undefined ? ownFolders().flatMap(scenarioFiles) : scenarioFiles(existing(folder));
  if (folder !== undefined && files.length === 0) throw new ScenarioMistakes([{ file: folder, line: 0, message: 'There is no scenario (.ts, .js, .mjs) in this folder or below it.' }]);
  const loaded: LoadedScenario[] = [];
  const mistakes: Mistake[] = [];
  for (const file of files) {
    const found = await loadFile(file, folder !== undefined);
    if ('scenario' in found) loaded.push(found);
    else mistakes.push(...found.mistakes);
  }
  mistakes.push(...twice(loaded));
  if (mistakes.length > 0) throw new ScenarioMistakes(mistakes);
  const order = (one: LoadedScenario): string => `${categories.indexOf(one.scenario.category)} ${one.scenario.id}`;
  return loaded.toSorted((one, other) => order(one).localeCompare(order(other)));
}

/** One file; for a process that runs one scenario. @throws ScenarioMistakes */
export async function loadScenario(file: string): Promise<Scenario> {
  const found = await loadFile(file, false);
  if ('scenario' in found) return found.scenario;
  throw new ScenarioMistakes(found.mistakes);
}

async function loadFile(file: string, external: boolean): Promise<LoadedScenario | { mistakes: Mistake[] }> {
  const source = readFileSync(file, 'utf8');
  const wrong = (line: number, message: string): Mistake => ({ file, line, message });
  let module: Record<string, unknown>;
  try {
    await prepareFor(file);
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const known = syntaxMistake(file);
    return { mistakes: [known ?? wrong(importLine(error, file, source), importMessage(error, file))] };
  }
  if (!('scenario' in module)) return { mistakes: [wrong(1, 'It does not export `scenario`. Write: export const scenario = defineScenario({ ... })')] };
  const parsed = scenarioSchema.safeParse(module['scenario']);
  if (!parsed.success) {
    return {
      mistakes: parsed.error.issues.flatMap((issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => wrong(lineOfKey(source, [...issue.path, key]), `${[...issue.path, key].join('.')}: there is no such field.`))
          : [wrong(lineOfKey(source, issue.path), `${issue.path.join('.') || 'scenario'}: ${issue.message}`)],
      ),
    };
  }
  const scenario = module['scenario'] as Scenario;
  const name = path.basename(file, path.extname(file));
  if (scenario.id !== name) return { mistakes: [wrong(lineOfKey(source, ['id']), `id: it is '${scenario.id}', the file's name says '${name}'. They must be equal.`)] };
  const mistakes = probe(scenario).map(({ field, message, error }) => wrong((error === undefined ? undefined : thrownAt(error, file)) ?? lineOfKey(source, [field]), `${field}: ${message}`));
  return mistakes.length > 0 ? { mistakes } : { scenario, file, external };
}

let loader: Promise<unknown> | undefined;

/** TypeScript from outside, while this is compiled; and a folder without a package.json is no CommonJS: a scenario exports. */
async function prepareFor(file: string): Promise<void> {
  if (path.extname(file) !== '.ts') return;
  await (loader ??= (async () => {
    if (!import.meta.url.endsWith('.ts')) (await import('tsx/esm/api')).register();
    registerHooks(`data:text/javascript,${encodeURIComponent(asModule)}`);
  })());
}

const asModule = `export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  return /\\.ts(?:\\?|$)/.test(found.url) ? { ...found, format: 'module' } : found;
}`;

/** Loaders read JavaScript too fast to know the line; node knows. */
function syntaxMistake(file: string): Mistake | undefined {
  if (path.extname(file) === '.ts') return undefined;
  const text = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', env: {} }).stderr;
  const words = /SyntaxError: .+/.exec(text)?.[0];
  const line = /:(\d+)$/m.exec(text)?.[1];
  return words === undefined ? undefined : { file, line: Number(line ?? 1), message: `It can not be loaded: ${words}` };
}

function importLine(error: unknown, file: string, source: string): number {
  return thrownAt(error, file) ?? lineOfImport(source, error instanceof Error ? error.message : '') ?? lineOfExport(source);
}

/** Without the places that tools put in front: the line is told beside it. */
function importMessage(error: unknown, file: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const transform = /ERROR: (.+)/.exec(text)?.[1];
  const words = transform ?? text.split('\n')[0] ?? text;
  return `It can not be loaded: ${words.replaceAll(pathToFileURL(file).href, 'it').replaceAll(file, 'it')}`;
}

function twice(loaded: readonly LoadedScenario[]): Mistake[] {
  const first = new Map<string, string>();
  return loaded.flatMap(({ scenario: { id }, file }) => {
    const earlier = first.get(id);
    first.set(id, earlier ?? file);
    return earlier === undefined ? [] : [{ file, line: lineOfKey(readFileSync(file, 'utf8'), ['id']), message: `id: ${earlier} has the same id '${id}'.` }];
  });
}

function ownFolders(): string[] {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return categories.map((category) => path.join(here, category));
}

function existing(folder: string): string {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) throw new ScenarioMistakes([{ file: folder, line: 0, message: 'There is no such folder.' }]);
  return path.resolve(folder);
}

function scenarioFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : scenarioFiles(file);
      return endings.includes(path.extname(file)) && !/\.(d|test)\.[a-z]+$/.test(file) ? [file] : [];
    });
}
