/**
 * Log lines that differ only in numbers, ids, times or quoted values, shown once with their count. A sample is never altered and the order
 * is that of first occurrence, so that what is quoted from it was really printed. Takes any text; linear in its length.
 */
import { templateOf } from './line-template.ts';
import type { LineTemplate } from './line-template.ts';

export interface GroupOptions {
  /** Lines that are alike are folded from so many on; fewer stay as they are. Default 3. */
  minimum?: number;
}

/** The text itself when nothing in it repeats. */
export function groupLines(text: string, { minimum = 3 }: GroupOptions = {}): string {
  const lines = text.replace(/\r?\n$/, '').split('\n');
  const groups = new Map<string, Group>();
  const groupOfLine = lines.map((line) => {
    const template = templateOf(line);
    const group = groups.get(template.key) ?? newGroup();
    groups.set(template.key, group);
    count(group, template);
    return group;
  });
  const shown = lines.flatMap((line, index) => {
    const group = groupOfLine[index];
    if (group === undefined || group.count < minimum) return [line];
    if (group.shown) return [];
    group.shown = true;
    return [line, `  [${note(group)}]`];
  });
  const folded = [...groups.values()].filter((group) => group.shown);
  if (folded.length === 0) return text;
  const others = groups.size - folded.length;
  return [...shown, `(${lines.length} lines of ${groups.size} kinds; ${folded.length} kind${folded.length === 1 ? '' : 's'} shown once with a count${others === 0 ? '' : ', all others line by line'})`].join('\n');
}

interface Group {
  count: number;
  shown: boolean;
  first?: Moment;
  last?: Moment;
  /** For each place that varies, what stood there. */
  values: Set<string>[];
}

interface Moment {
  text: string;
  at: number;
}

const mostValues = 5;
const longestValue = 60;

function newGroup(): Group {
  return { count: 0, shown: false, values: [] };
}

function count(group: Group, { time, values }: LineTemplate): void {
  group.count += 1;
  for (const [index, value] of values.entries()) {
    const known = (group.values[index] ??= new Set());
    if (known.size <= mostValues) known.add(value);
  }
  const at = time === undefined ? Number.NaN : Date.parse(time);
  if (time === undefined || Number.isNaN(at)) return;
  if (group.first === undefined || at < group.first.at) group.first = { text: time, at };
  if (group.last === undefined || at > group.last.at) group.last = { text: time, at };
}

function note({ count: times, first, last, values }: Group): string {
  const when = first === undefined || last === undefined ? '' : `, first ${first.text}, last ${last.text}`;
  const varying = values.filter((known) => known.size > 1).map((known) => `${[...known].slice(0, mostValues).map((value) => value.slice(0, longestValue)).join(' | ')}${known.size > mostValues ? ' | ...' : ''}`);
  return `${times.toLocaleString('en-US')} lines like this${when}${varying.length === 0 ? '' : `; it varies: ${varying.slice(0, 4).join('; ')}`}`;
}
