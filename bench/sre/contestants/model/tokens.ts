/**
 * A text as tokens, some of which differ from run to run on the same fault: evidence numbers, hashes of pods, process ids,
 * ports, addresses, times. `normal` is equal where two texts say the same of two worlds.
 */
export type Kind = 'evidence' | 'finding' | 'time' | 'identifier' | 'address' | 'number' | 'duration' | 'word' | 'sign';

export interface Token {
  text: string;
  kind: Kind;
  normal: string;
  /** Where it begins in the text. */
  at: number;
}

/** What the random parts of Kubernetes names are made of. */
const safe = '[bcdfghjklmnpqrstvwxz2456789]';

const patterns: readonly (readonly [Kind, string])[] = [
  ['time', String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?|\b\d\d:\d\d:\d\d(?:\.\d+)?`],
  ['evidence', String.raw`\bE\d+\b`],
  ['finding', String.raw`\bF\d+\b`],
  ['identifier', String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?\b|\bINC-\d+\b`],
  ['identifier', String.raw`\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b`],
  // The hash of a ReplicaSet, with or without that of a pod after it, and what generateName appends.
  ['identifier', String.raw`(?<=[a-z0-9]-)(?:(?=[a-z]*\d)${safe}{6,10}|${safe}{5}(?<=-${safe}{6,10}-${safe}{5})|(?=[a-z]*\d)${safe}{5})(?![a-z0-9])`],
  ['address', String.raw`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`],
  ['duration', String.raw`\b(?:\d+(?:\.\d+)?(?:ms|us|µs|h|m|s|d))+\b`],
  ['number', String.raw`\b\d+(?:\.\d+)?`],
  ['word', String.raw`[\p{L}\d_]+`],
  ['sign', String.raw`-{2,}|={2,}|[^\s\p{L}\d_]`],
];

const whole = new RegExp(patterns.map(([, pattern]) => `(${pattern})`).join('|'), 'gu');

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(whole)) {
    const [found] = match;
    const group = match.slice(1).findIndex((part) => part !== undefined);
    const kind = patterns[group]?.[0] ?? 'sign';
    tokens.push({ text: found, kind, normal: kind === 'identifier' ? `<identifier of ${stemBefore(text, match.index)}>` : normalOf(kind, found), at: match.index });
  }
  return tokens;
}

export const isVolatile = ({ kind }: Pick<Token, 'kind'>): boolean => kind !== 'word' && kind !== 'sign';

/** The random end of `checkout-7d4b9c6f5-x2x4z` is never that of another workload's pod. */
function stemBefore(text: string, at: number): string {
  const name = /(?:[a-z0-9.]+-)+$/.exec(text.slice(Math.max(0, at - 100), at))?.[0] ?? '';
  return name.split('-').map((part) => (randomPart.test(part) ? '#' : part)).join('-');
}

const randomPart = new RegExp(`^(?=[a-z]*\\d)${safe}{5,10}$`);

/** Nothing and something are not the same count. */
function normalOf(kind: Kind, text: string): string {
  if (kind === 'word') return text;
  if (kind === 'sign') return text.length > 1 ? `${text[0]}${text[0]}` : text;
  return kind === 'number' || kind === 'duration' ? (/^[0.]+\D*$/.test(text) ? '<none>' : '<some>') : `<${kind}>`;
}
