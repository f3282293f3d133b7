/** The listing of `iptables -S -v`, read: chains, their policies and rules in order. */
import { createHash } from 'node:crypto';
import type { Family } from './network.ts';

export interface ListedRule {
  /** As listed, without `-A CHAIN` and counters. */
  words: string[];
  text: string;
  packets: number;
  bytes: number;
}

export interface Chain {
  name: string;
  /** ACCEPT or DROP; `-` for a chain that somebody made. */
  policy: string;
  rules: ListedRule[];
}

export interface Table {
  family: Family;
  chains: Chain[];
  /** Of everything but the counters: SHA-256, hex. */
  hash: string;
}

/** Throws when a line is not what iptables lists. */
export function parseTable(text: string, family: Family): Table {
  const chains = new Map<string, Chain>();
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [option, name = '', ...rest] = wordsOf(line);
    if (option === '-P') chains.set(name, { name, policy: rest[0] ?? '', rules: [] });
    else if (option === '-N') chains.set(name, { name, policy: '-', rules: [] });
    else if (option === '-A') ruleInto(chains.get(name), rest, line);
    else throw new Error(`a line of the listing is not understood: ${line.slice(0, 200)}`);
  }
  const all = [...chains.values()];
  const material = JSON.stringify([family, all.map(({ name, policy, rules }) => [name, policy, rules.map(({ words }) => words)])]);
  return { family, chains: all, hash: createHash('sha256').update(material, 'utf8').digest('hex') };
}

function ruleInto(chain: Chain | undefined, listed: readonly string[], line: string): void {
  if (!chain) throw new Error(`a rule of a chain that is not listed: ${line.slice(0, 200)}`);
  const { words, packets, bytes } = withoutCounters(listed);
  chain.rules.push({ words, text: textOf(words), packets, bytes });
}

/** `-c PACKETS BYTES`; a value of an option may look like it, so only an option's place counts. */
function withoutCounters(listed: readonly string[]): { words: string[]; packets: number; bytes: number } {
  for (let index = 0; index + 2 < listed.length; index += 1) {
    const previous = listed[index - 1];
    if (listed[index] === '-c' && previous !== '--comment' && /^\d+$/.test(listed[index + 1] ?? '') && /^\d+$/.test(listed[index + 2] ?? '')) {
      return { words: listed.toSpliced(index, 3), packets: Number(listed[index + 1]), bytes: Number(listed[index + 2]) };
    }
  }
  return { words: [...listed], packets: 0, bytes: 0 };
}

export function textOf(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`)).join(' ');
}

/** iptables quotes with `"` and escapes with `\`. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)) words.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll(/\\(.)/g, '$1'));
  return words;
}
