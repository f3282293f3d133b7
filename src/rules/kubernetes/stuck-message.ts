/** A consumer fails at one and the same message again and again, for what the message holds; those behind it wait. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { podsOf } from './pods.ts';
import { namespaceRule, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wordsOf } from './trouble-words.ts';

export const stuckMessage = namespaceRule('stuck-message', (scope) => scope.namespace.workloads.value.flatMap((workload) => {
  const stuck = stuckAt(scope, workload);
  return stuck === undefined ? [] : [describe(scope, workload, stuck)];
}));

interface Stuck {
  /** `message 4711` */
  item: string;
  words: string;
  times: number;
  quotes: FindingBody['quotes'];
}

const least = 3;
const named = /\b(message|msg|event|record|job|task|item|entry|row|offset|delivery)(?:[ _-]?id)?\W{1,4}([A-Za-z0-9][\w.:-]{0,80}?)\b/i;
const fails = /\bfail\w*|\berror\b|\bcould not\b|\bcan(?:no|')t\b|\bunable\b|\bexception\b|\brejected\b/i;
const ends = /\b(?:done|processed|completed|handled|finished|acknowledged|acked|succeeded)\b/i;
/** It is the message that is wrong, not what it is sent to. */
const aboutContents = /\bjson\b|\bpars(?:e|ing)\b|decod|deseriali|unmarshal|malformed|schema|syntax|unexpected (?:token|end|character|non-whitespace)|\binvalid (?:payload|format|message|value|character|input)/i;

function stuckAt({ namespace }: Scope, workload: Workload): Stuck | undefined {
  const pods = new Set(podsOf(workload, namespace).map(({ name }) => name));
  for (const { value, evidence } of namespace.logs.filter((one) => pods.has(one.value.pod) && !one.value.previous)) {
    const told = value.lines.map((line) => ({ line: line.trim(), words: wordsOf(line.trim()) })).flatMap(({ line, words }) => {
      const [, kind, id] = named.exec(words) ?? [];
      return kind === undefined || id === undefined ? [] : [{ line, words, item: `${kind.toLowerCase()} ${id}`, failed: fails.test(words), ended: ends.test(words) && !fails.test(words) }];
    });
    const last = told.findLast(({ failed }) => failed);
    if (last === undefined || !aboutContents.test(last.words)) continue;
    const same = told.filter(({ item, failed }) => failed && item === last.item);
    const since = told.slice(told.findIndex(({ item, failed }) => failed && item === last.item));
    if (same.length >= least && since.every(({ item, ended }) => item === last.item && !ended)) return { item: last.item, words: last.words, times: same.length, quotes: quoteLine(evidence, last.line.slice(0, 200)) };
  }
  return undefined;
}

function describe(scope: Scope, workload: Workload, { item, words, times, quotes }: Stuck): FindingBody {
  return {
    severity: 'warning',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'poison-message',
    title: `${workload.name} fails at ${item} again and again: ${short(words, 140)}`,
    explanation: `It failed ${times} times in the log that was read, and no other was begun since: those behind it wait. It is what the message holds that can not be read, so a restart, or more of ${workload.name}, tries the same once more. It must be put aside or mended by somebody who knows what it means; the others must not be lost with it.`,
    confidence: 0.9,
    quotes: [...quotes, ...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}:`)],
  };
}
