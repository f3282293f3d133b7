/** `iptables-save -c`: every table, not the filter table alone. Pure. */
import type { Chain } from './table.ts';
import { textOf, wordsOf } from './table.ts';

export interface SavedTable {
  name: string;
  chains: Chain[];
}

/** What is not understood is left out. */
export function parseSaved(text: string): SavedTable[] {
  const tables: SavedTable[] = [];
  let chains = new Map<string, Chain>();
  for (const line of text.split('\n')) {
    const table = /^\*(\S+)/.exec(line)?.[1];
    const [, chain, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    const [, packets, bytes, name, rest] = /^(?:\[(\d+):(\d+)\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (table !== undefined) {
      const current: SavedTable = { name: table, chains: [] };
      tables.push(current);
      chains = new Map();
    } else if (chain !== undefined) {
      const one: Chain = { name: chain, policy: policy ?? '-', rules: [] };
      chains.set(chain, one);
      tables.at(-1)?.chains.push(one);
    } else if (name !== undefined) {
      const words = wordsOf(rest ?? '');
      chains.get(name)?.rules.push({ words, text: textOf(words), packets: Number(packets ?? 0), bytes: Number(bytes ?? 0) });
    }
  }
  return tables;
}

/** Of `nft list ruleset`: tables that iptables does not look after itself. */
export function ownNftTables(text: string): string {
  const blocks = text.split(/^(?=(?:# Warning: )?table )/m);
  const managed = new Set(blocks.filter((block) => block.startsWith('# Warning:')).map((block) => /table (\S+ \S+) is managed/.exec(block)?.[1]));
  return blocks.filter((block) => block.startsWith('table ') && !managed.has(/^table (\S+ \S+)/.exec(block)?.[1])).join('').trim();
}
