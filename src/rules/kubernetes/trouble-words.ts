/** What findings about a workload have in common: how bad it is, what changed, the log line that decides, the way back. */
import type { Action } from '../../changes/action.ts';
import type { Evidence, FindingBody, Quote } from '../../incident/types.ts';
import type { PodLog } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { Observed } from '../readings.ts';
import { looksLikeError } from '../service/errors.ts';
import { count, list } from '../words.ts';
import type { Difference } from './differences.ts';
import { driftBack } from './drift-back.ts';
import { at, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import type { Trouble, Undo } from './troubles.ts';

export type Details = Pick<FindingBody, 'mechanism' | 'title' | 'explanation' | 'confidence' | 'quotes'> & { remedy?: Action | undefined; blames?: string | undefined; severity?: FindingBody['severity'] };

/** Critical while fewer pods serve than should. */
export function workloadFinding(scope: Scope, trouble: Trouble, { remedy, blames, severity, ...details }: Details): FindingBody {
  const flapping = trouble.failure.flapping === true && !trouble.short;
  return {
    severity: severity ?? (trouble.short && !flapping ? 'critical' : 'warning'),
    resource: workloadResourceOf(scope, trouble.workload),
    ...details,
    quotes: [...details.quotes, ...podQuote(scope, trouble)].slice(0, 6),
    ...(blames === undefined ? {} : { blames }),
    ...(remedy === undefined || blames !== undefined ? {} : { remedy }),
  };
}

/** `2 of its 3 pods` */
export function howMany({ failing, pods }: Trouble): string {
  return failing === pods ? (pods === 1 ? 'its only pod' : `all ${pods} of its pods`) : `${failing} of its ${count(pods, 'pod')}`;
}

/** The line of the container that fails, else the line of its pod. */
export function podQuote({ namespace }: Scope, { failure: { pod, container, reason, message } }: Trouble): Quote[] {
  const { evidence } = namespace.pods;
  const lines = evidence.text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`pod ${pod.name}:`));
  const below = start < 0 ? [] : lines.slice(start + 1, start + 1 + Math.max(0, lines.slice(start + 1).findIndex((line) => !line.startsWith('  '))));
  const own = start >= 0 && below.length === 0 ? lines.slice(start + 1).filter((line) => line.startsWith('  ')) : below;
  const wanted = own.find((line) => container !== undefined && line.trim().startsWith(`container ${container.name}`)) ?? own.find((line) => line.includes(reason) || (message !== '' && line.includes(message.slice(0, 40)))) ?? lines[start];
  const quote = wanted?.trim().slice(0, 300).trim() ?? '';
  return quote === '' ? [] : [{ evidence: evidence.id, quote }];
}

/** The event that says it, by its text. */
export function eventQuote({ namespace }: Scope, object: string, ...fragments: string[]): Quote[] {
  return quoteLine(namespace.events.evidence, ...fragments.map((one) => one.slice(0, 60)), object);
}

/** The newest line that looks like an error and is no part of a stack trace. */
export function decisiveLine(logs: readonly Observed<PodLog>[], container?: string): { line: string; words: string; quote: Quote[] } | undefined {
  const own = logs.filter(({ value }) => container === undefined || value.container === container);
  for (const strict of [true, false]) {
    for (const { value, evidence } of own) {
      const line = value.lines.findLast((one) => (strict ? fatal.test(one) : looksLikeError(one)) && !/^\s+at |^\s*(?:File ")|^\s*$/.test(one));
      if (line !== undefined && evidence.text.includes(line.trim())) return { line: line.trim(), words: wordsOf(line.trim()), quote: quoteLine(evidence, line.trim()) };
    }
  }
  return undefined;
}

/** What a line of JSON says, without its time and its sender. */
export function wordsOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const said = ['msg', 'message', 'error', 'err', 'reason'].flatMap((name) => (typeof entry[name] === 'string' ? [entry[name]] : []));
    return said.length === 0 ? line : [...new Set(said)].join(': ');
  } catch {
    return line;
  }
}

const fatal = /\b(?:fatal|panic|uncaught|unhandled|exception)\b|Error:|"level":\s*"(?:error|fatal|critical)"|\[(?:ERROR|FATAL)\]|\blevel=(?:error|fatal)\b/i;

/** A log or message may be long, and may hold what only a machine reads. */
export function short(text: string, longest = 200): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return [...line].length <= longest ? line : `${[...line].slice(0, longest - 3).join('')}...`;
}

export interface WayBack {
  remedy: Action;
  /** "Revision 2, whose pods serve now, differs in this: ..." */
  words: string;
  /** What to add to how sure one is. */
  serving: boolean;
  changes: string;
  quotes: Quote[];
  differences: Difference[];
}

/** Undefined when the newest revision is not to blame, or nothing that it changed bears on the failure. What was last applied says it where no revision does. */
export function wayBack(scope: Scope, { workload, undo }: Pick<Trouble, 'workload' | 'undo'>, bears: (difference: Difference) => boolean = () => true): WayBack | undefined {
  if (undo === undefined || !undo.differences.some(bears)) return driftBack(scope, workload, (one) => one.text.startsWith('spec.template.') && bears(one));
  const { evidence } = scope.namespace.workloads;
  const relevant = undo.differences.filter(bears);
  const changes = list(relevant.slice(0, 3).map((one) => shownDifference(one, evidence)));
  return {
    remedy: { kind: 'kubectl.rollout_undo', ...at(scope), workload: workload.kind, name: workload.name, to_revision: undo.revision.revision },
    words: `Revision ${undo.revision.revision}${undo.serving ? ', whose pods serve now,' : ' served before it and'} differs: ${changes}${relevant.length > 3 ? `, and ${relevant.length - 3} more` : ''}.`,
    serving: undo.serving, changes, differences: relevant,
    quotes: relevant.slice(0, 2).flatMap((one) => changeQuote(workload.name, undo, one, evidence)),
  };
}

/** Its values only if the evidence shows them: a value may have been hidden there. */
export function shownDifference(difference: Difference, evidence: Evidence): string {
  if (evidence.text.includes(difference.text)) return short(difference.text, 160);
  return `${difference.container === undefined ? '' : `container ${difference.container}: `}${difference.field.replace('-', ' ')}${difference.name === undefined ? '' : ` ${difference.name}`} changed`;
}

function changeQuote(name: string, { revision, newest }: Undo, { field, name: of, container }: Difference, evidence: Evidence): Quote[] {
  const head = `changed in revision ${newest.revision} of ${name} since revision ${revision.revision}:`;
  return quoteLine(evidence, head, ...(container === undefined ? [] : [`container ${container}`]), of ?? (field === 'image' ? 'image' : field === 'memory-limit' ? 'memory limit' : ''));
}
