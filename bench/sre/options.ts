/** The command line of the bench: everything unknown or out of range is refused with what is allowed. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { WorldKind } from '../../playground/scenarios/world.ts';
import type { Play } from './job.ts';
import { plays } from './job.ts';

export interface Options {
  agents: string[];
  seeds: number[];
  repeats: number;
  /** Ids or categories; empty: all. */
  only: string[];
  /** A folder of scenarios from outside, instead of the bench's own. */
  scenarios?: string;
  world: WorldKind;
  kubeconfig?: string;
  /** Where a real cluster finds the shop's images. */
  registry?: string;
  noise: boolean;
  sideBySide: number;
  /** Seconds for a contestant. */
  deadline: number;
  out: string;
  resume: boolean;
  /** Anything but repaired ends with 1. */
  strict: boolean;
  list: boolean;
  check: boolean;
  agentCommand?: string[];
  dollars: number;
  play: Play;
  /** Of the Messages API that answers. */
  baseUrl?: string;
  /** Keeps what the model is told and answers, for --play recorded. */
  record: boolean;
  help: boolean;
}

export class WrongOption extends Error {}

export const help = `npm run bench -- [options]

  --agent NAME[,NAME]     who is measured (default rules; --list shows all)
  --agent-command WORDS   the program and words of the contestant 'command'
  --seed N | --seeds A-B  names and numbers are drawn from it (default 1)
  --repeat N              every run N times (default 1)
  --only ID[,ID]          scenarios or categories (kubernetes, microservices, database, network)
  --scenarios DIR         scenarios from this folder instead of the bench's own
  --world KIND            playground (default) or kubeconfig, with --kubeconfig FILE of an administrator
  --registry HOST         where that cluster finds the shop's images (playground/shop/Dockerfile)
  --noise                 transient trouble that has nothing to do with the fault
  --side-by-side N        worlds at a time (default: by processors)
  --deadline S            seconds a contestant has (default 180; live 600; by hand 3600)
  --dollars N             what all live runs together may cost at most (default 2)
  --play HOW              where a model's answers come from: recorded (default), live (key in
                          ANTHROPIC_API_KEY), or hand (somebody answers at --base-url)
  --base-url URL          of the Messages API that answers, for live and hand
  --record                keeps what the model is told and answers in bench/sre/recordings
  --out DIR               where results go (default bench/results/<day>; of checks: a cache)
  --resume                leaves out what DIR already has
  --strict                ends with 1 unless every run is repaired
  --list                  shows scenarios and contestants
  --check                 tests the scenarios' oracles instead of a contestant
  --help
`;

/** @throws WrongOption */
export function readOptions(words: readonly string[], today = new Date(), environment: Readonly<Record<string, string | undefined>> = process.env): Options {
  const values = parsed(words);
  const check = values.check === true;
  const command = values['agent-command'];
  const agents = list(values.agent ?? (command === undefined ? 'rules' : 'command'), '--agent');
  if (agents.includes('command') && command === undefined) throw new WrongOption("The contestant 'command' needs --agent-command 'program and words'.");
  if (command !== undefined && !agents.includes('command')) throw new WrongOption("--agent-command is for the contestant 'command': leave --agent out, or add command to it.");
  const world = oneOf(values.world ?? 'playground', '--world', ['playground', 'kubeconfig']);
  if (world === 'kubeconfig' && values.kubeconfig === undefined) throw new WrongOption('--world kubeconfig needs --kubeconfig FILE, of an administrator.');
  if (world === 'playground' && (values.kubeconfig !== undefined || values.registry !== undefined)) throw new WrongOption('--kubeconfig and --registry are for --world kubeconfig.');
  if (values.seed !== undefined && values.seeds !== undefined) throw new WrongOption('Give --seed or --seeds, not both.');
  const play = oneOf(values.play ?? 'recorded', '--play', plays);
  const baseUrl = values['base-url'];
  if (play === 'live' && !environment['ANTHROPIC_API_KEY']) throw new WrongOption('--play live needs the key of the API in ANTHROPIC_API_KEY.');
  if (play === 'hand' && baseUrl === undefined) throw new WrongOption('--play hand needs --base-url URL: where somebody answers.');
  if (play === 'recorded' && (baseUrl !== undefined || values.record === true)) throw new WrongOption('--base-url and --record are for --play live or hand: recordings answer otherwise.');
  if (baseUrl !== undefined && !/^https?:\/\//.test(baseUrl)) throw new WrongOption(`--base-url is '${baseUrl}': it must begin with http:// or https://.`);
  return {
    agents,
    seeds: values.seeds === undefined ? [whole(values.seed ?? '1', '--seed', 0, 1_000_000)] : range(values.seeds),
    repeats: whole(values.repeat ?? '1', '--repeat', 1, 100),
    only: values.only === undefined ? [] : list(values.only, '--only'),
    ...(values.scenarios !== undefined && { scenarios: values.scenarios }),
    world,
    ...(values.kubeconfig !== undefined && { kubeconfig: values.kubeconfig }),
    ...(values.registry !== undefined && { registry: values.registry }),
    noise: values.noise === true,
    sideBySide: values['side-by-side'] === undefined ? (play === 'hand' ? 1 : worldsFor(cpus().length)) : whole(values['side-by-side'], '--side-by-side', 1, 32),
    deadline: whole(values.deadline ?? deadlines[play], '--deadline', 5, 3600),
    out: values.out ?? (check ? 'node_modules/.cache/sre-agent/checks' : `bench/results/${today.toISOString().slice(0, 10)}`),
    resume: values.resume === true,
    strict: values.strict === true,
    list: values.list === true,
    check,
    ...(command !== undefined && { agentCommand: commandWords(command) }),
    dollars: amount(values.dollars ?? '2', '--dollars'),
    play,
    ...(baseUrl !== undefined && { baseUrl }),
    record: values.record === true,
    help: values.help === true,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        agent: { type: 'string' }, 'agent-command': { type: 'string' }, seed: { type: 'string' }, seeds: { type: 'string' }, repeat: { type: 'string' }, only: { type: 'string' },
        scenarios: { type: 'string' }, world: { type: 'string' }, kubeconfig: { type: 'string' }, registry: { type: 'string' }, noise: { type: 'boolean' }, 'side-by-side': { type: 'string' }, deadline: { type: 'string' },
        out: { type: 'string' }, resume: { type: 'boolean' }, strict: { type: 'boolean' }, list: { type: 'boolean' }, check: { type: 'boolean' }, dollars: { type: 'string' }, play: { type: 'string' }, 'base-url': { type: 'string' }, record: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const words = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new WrongOption(`${words}.\n\n${help}`);
  }
}

/** Seconds: models think, and people read. */
const deadlines: Record<Play, string> = { recorded: '180', live: '600', hand: '3600' };

/** Two processors carry four worlds: they mostly wait. */
function worldsFor(processors: number): number {
  return Math.max(1, Math.min(8, processors * 2));
}

function list(text: string, name: string): string[] {
  const items = [...new Set(text.split(',').map((item) => item.trim()).filter((item) => item !== ''))];
  if (items.length === 0) throw new WrongOption(`${name} is empty.`);
  return items;
}

function whole(text: string, name: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw new WrongOption(`${name} is '${text}': it must be a whole number from ${low} to ${high}.`);
  return value;
}

function amount(text: string, name: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 1000)) throw new WrongOption(`${name} is '${text}': it must be a number above 0, at most 1000.`);
  return value;
}

function range(text: string): number[] {
  const [, low, high] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const [from, to] = [Number(low), Number(high)];
  if (low === undefined || from > to || to - from >= 100) throw new WrongOption(`--seeds is '${text}': it must be a range like 1-3, of at most 100.`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function oneOf<T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found === undefined) throw new WrongOption(`${name} is '${text}': it must be one of ${allowed.join(', ')}.`);
  return found;
}

/** Words parted by spaces; quotes keep some together. No shell ever sees them. */
export function commandWords(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  if (words.length === 0 || words[0] === '') throw new WrongOption('--agent-command is empty.');
  if (words.some((word) => /["']/.test(word))) throw new WrongOption(`--agent-command has a quote that is not closed, or one within a word: ${text}`);
  return words;
}
