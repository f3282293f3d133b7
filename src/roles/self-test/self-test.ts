/**
 * Whether the read identities can only read, proved by the targets themselves. More than reading refuses the start; a
 * target that does not answer is asked again later, since what is down must be investigated all the same.
 */
import { ConfigurationError } from '../../config/configuration-error.ts';
import { isSet } from '../../config/secret.ts';
import type { Targets } from '../../config/targets.ts';
import type { Logger } from '../../telemetry/log.ts';
import { NotAskedError } from './finding.ts';
import type { Look } from './finding.ts';
import { lookAtCluster, lookAtProbes } from './kubernetes.ts';
import { lookAtMysql } from './mysql.ts';
import { lookAtPostgres } from './postgres.ts';

export interface SelfTestParts {
  targets: Targets;
  kubectl?: string | undefined;
  log: Logger;
  /** How long a target may take to answer before the start goes on without it. */
  patienceMilliseconds?: number;
  retryMilliseconds?: number;
}

interface Subject {
  what: string;
  /** It is the identity that runs probes in pods, not the one that reads. */
  probes?: true;
  allowed: boolean;
  look(signal: AbortSignal): Promise<Look>;
}

export interface SelfTest {
  /** Why nothing may be read now: a target that did not answer at the start has since shown that its read identity can do more. */
  refusal(): string | undefined;
  /** Ends the asking. */
  stop(): void;
}

/** Throws ConfigurationError with every right that is too much, and what takes it away. */
export async function selfTest({ targets, kubectl, log, patienceMilliseconds = 10_000, retryMilliseconds = 60_000 }: SelfTestParts): Promise<SelfTest> {
  const subjects: Subject[] = [
    ...targets.databases.map((database) => ({ what: `database ${database.name}`, allowed: database.allowPowerfulRead ?? false, look: (signal: AbortSignal) => (database.kind === 'mysql' ? lookAtMysql : lookAtPostgres)(database, signal) })),
    ...targets.clusters.map((cluster) => ({ what: `cluster ${cluster.name}`, allowed: cluster.allowPowerfulRead ?? false, look: (signal: AbortSignal) => lookAtCluster(cluster, { kubectl, signal }) })),
    ...targets.clusters.flatMap(({ probes, ...cluster }) => (!isSet(probes) ? [] : [{ what: `cluster ${cluster.name}`, probes: true as const, allowed: false, look: (signal: AbortSignal) => lookAtProbes({ ...cluster, probes }, { kubectl, signal }) }])),
  ];
  sayUntested(targets, log);
  const round = async (some: readonly Subject[]): Promise<{ left: Subject[]; problems: string[] }> => {
    const results = await Promise.all(some.map((subject) => ask(subject, patienceMilliseconds, log)));
    return { left: some.filter((_, index) => results[index]?.length !== 0), problems: results.flatMap((result) => result ?? []) };
  };
  const first = await round(subjects);
  if (first.problems.length > 0) throw new ConfigurationError(first.problems);
  return askAgain(first.left, round, retryMilliseconds, log);
}

/** Sentences on what is too much, none when all is well; undefined when nobody knows. */
async function ask({ what, probes, allowed, look }: Subject, patience: number, log: Logger): Promise<string[] | undefined> {
  try {
    const { identity, excess } = await look(AbortSignal.timeout(patience));
    const which = probes ? 'identity for probes' : 'read identity';
    const who = identity === undefined ? `The ${which} of ${what}` : `The ${which} of ${what} (${identity})`;
    if (excess.length === 0) log.info({ target: what, identity }, probes ? 'the identity for probes can only read and exec' : 'the read identity can only read');
    if (allowed && excess.length > 0) {
      log.warn({ target: what, identity, rights: excess.map(({ right }) => right) }, 'the read identity can do more than read; allow_powerful_read lets it');
      return [];
    }
    if (probes) return excess.map(({ right, remedy }) => `${who} ${right}. It must only read, and exec into pods of the configured namespaces: ${remedy}. Or leave probes out of this target in sre-agent.yaml.`);
    return excess.map(({ right, remedy }) => `${who} ${right}. It must only read: ${remedy}. Or set allow_powerful_read: true on this target in sre-agent.yaml, if you must.`);
  } catch (error) {
    log.warn({ target: what, reason: error instanceof NotAskedError ? error.message : 'no answer in time' }, 'what the read identity may do could not be asked; asked again soon');
    return undefined;
  }
}

/** Until each has answered and can only read. */
function askAgain(subjects: readonly Subject[], round: (some: readonly Subject[]) => Promise<{ left: Subject[]; problems: string[] }>, retryMilliseconds: number, log: Logger): SelfTest {
  let left = subjects;
  let refusal: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const next = (): void => {
    if (left.length > 0 && !stopped) timer = setTimeout(() => void look(), retryMilliseconds).unref();
  };
  const look = async (): Promise<void> => {
    const result = await round(left);
    left = result.left;
    refusal = result.problems[0];
    if (refusal !== undefined) log.error({ problems: result.problems }, 'nothing is investigated until the read identity can only read');
    next();
  };
  next();
  return {
    refusal: () => refusal,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** A token does not say what it may do. */
function sayUntested({ operations, services, hosts, deploys = [] }: Targets, log: Logger): void {
  const tokens = [...[...operations, ...hosts].map(({ readToken }) => readToken), ...services.map(({ statusToken }) => statusToken), ...deploys.map(({ token }) => token)].flatMap((token) => (token ? [token.variable] : []));
  if (tokens.length > 0) log.info({ variables: [...new Set(tokens)] }, 'what these tokens may do can not be tested: see that they can only read');
}
