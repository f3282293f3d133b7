/** Markdown tables. */
import type { Share } from './figures.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map((_cell, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** `41/52 79 % (66 to 88)`. */
export function shareText({ hits, of, low, high }: Share): string {
  return of === 0 ? 'none' : `${hits}/${of} ${percent(hits / of)} (${Math.round(low * 100)} to ${Math.round(high * 100)})`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
