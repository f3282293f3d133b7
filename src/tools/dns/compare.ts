/** What one resolver said of a name on its search path, in words; and where several differ. Pure. */
import type { QueryType, Reply } from './dns-client.ts';

export interface Step {
  /** Fully qualified, without the final dot. */
  name: string;
  reply: Reply;
}

export interface Outcome {
  resolver: string;
  /** In the order asked; the last is the one that counts. */
  steps: Step[];
}

/** NOERROR with records of the type, NODATA, DANGLING (an alias whose end has no such record), an RCODE, or a failure. */
export function resultOf({ reply }: Step, type: QueryType): string {
  if ('failure' in reply) return reply.failure;
  if (reply.rcode !== 'NOERROR' || reply.records.some((record) => record.type === type)) return reply.rcode;
  return reply.records.some((record) => record.type === 'CNAME') ? 'DANGLING' : 'NODATA';
}

/** The data of the records that were asked for, sorted. */
export function answersOf({ reply }: Step, type: QueryType): string[] {
  return 'failure' in reply ? [] : reply.records.filter((record) => record.type === type).map(({ data }) => data).sort();
}

/** A program goes on to the next name of the path. */
export function isPassedOver(step: Step, type: QueryType): boolean {
  return ['NXDOMAIN', 'NODATA', 'DANGLING', 'SERVFAIL'].includes(resultOf(step, type));
}

/** The answer that counts: a found one, else the failure that says most. */
export function decisive({ steps }: Outcome, type: QueryType): Step | undefined {
  const rank = (step: Step): number => ['NOERROR', 'SERVFAIL', 'DANGLING', 'NODATA'].indexOf(resultOf(step, type));
  return steps.find((step) => rank(step) === 0) ?? (steps.at(-1) && !isPassedOver(steps.at(-1) as Step, type) ? steps.at(-1) : steps.toSorted((left, right) => (rank(left) < 0 ? 9 : rank(left)) - (rank(right) < 0 ? 9 : rank(right)))[0]);
}

/** One sentence per difference; empty when all say the same. TTLs and the order of addresses are no difference. */
export function differences(outcomes: readonly Outcome[], type: QueryType): string[] {
  const said = new Map<string, string[]>();
  for (const outcome of outcomes) {
    const step = decisive(outcome, type);
    if (step === undefined || resultOf(step, type) === 'STOPPED') continue;
    const answers = answersOf(step, type);
    const words = answers.length > 0 ? `${answers.join(', ')}${step.name === outcome.steps[0]?.name ? '' : ` (as ${step.name})`}` : resultOf(step, type);
    said.set(words, [...(said.get(words) ?? []), outcome.resolver]);
  }
  return said.size < 2 ? [] : [...said].map(([words, resolvers]) => `${resolvers.join(', ')}: ${words}`);
}

export const meanings: Record<string, string> = {
  NXDOMAIN: 'The name does not exist (NXDOMAIN). Check its spelling against the configuration that uses it.',
  NODATA: 'The name exists, but has no record of this type (NODATA). Try another type.',
  DANGLING: 'It is an alias (CNAME) whose end has no record of this type: programs get nothing.',
  SERVFAIL: 'The resolver failed (SERVFAIL): its upstream or the zone is in trouble. That is not the same as a name that does not exist.',
  REFUSED: 'The resolver refuses to answer for this name (REFUSED).',
  FORMERR: 'The resolver did not understand the question (FORMERR).',
  NOTIMP: 'The resolver does not know this kind of question (NOTIMP).',
  TIMEOUT: 'No answer in time (TIMEOUT): a firewall or network policy drops it, or the resolver is down or overloaded. Whether anything answers at its port is the next question.',
  ECONNREFUSED: 'Nothing listens at the resolver (ECONNREFUSED).',
  EHOSTUNREACH: 'There is no way to the resolver (EHOSTUNREACH).',
  ENETUNREACH: 'There is no way to the resolver (ENETUNREACH).',
  ECONNRESET: 'The resolver closed the connection (ECONNRESET).',
  BAD_ANSWER: 'The resolver answered nonsense.',
  STOPPED: 'Stopped.',
};
