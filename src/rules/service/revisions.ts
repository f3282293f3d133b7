/** What changed between the configuration that was healthy and the one that runs now. */
import { recentSeconds } from '../kubernetes/scope.ts';
import type { WorkloadStatus } from '../readings.ts';

export interface VariableChange {
  variable: string;
  /** Undefined: it was not set then, or is not now. */
  before: string | undefined;
  after: string | undefined;
}

export interface ConfigurationChange {
  revision: number;
  at: string;
  healthyRevision: number;
  variables: VariableChange[];
}

type Revision = WorkloadStatus['revisions'][number];

/**
 * Undefined when the newest revision's environment is one that has proved itself (then the configuration is not the
 * cause), or when no earlier one has.
 */
export function configurationChange(workload: WorkloadStatus | undefined): ConfigurationChange | undefined {
  const newest = workload?.revisions.at(-1);
  if (workload === undefined || newest === undefined) return undefined;
  const earlier = trusted(workload.revisions).filter((revision) => revision !== newest);
  if (earlier.some((revision) => same(revision, newest))) return undefined;
  const base = earlier.at(-1);
  if (base === undefined) return undefined;
  return { revision: newest.revision, at: newest.at, healthyRevision: base.revision, variables: differences(base.environment, newest.environment) };
}

/** The last value a variable had before the one it has now; in revisions that proved themselves first. */
export function earlierValue(workload: WorkloadStatus, variable: string): string | undefined {
  const now = valueOf(workload.revisions.at(-1)?.environment, variable);
  const differs = (revision: Revision): boolean => {
    const value = valueOf(revision.environment, variable);
    return value !== undefined && value !== now;
  };
  const chosen = trusted(workload.revisions).filter(differs).at(-1) ?? workload.revisions.slice(0, -1).filter(differs).at(-1);
  return valueOf(chosen?.environment, variable);
}

/** Hours after it came, what ails began otherwise. `evidence`: of the supervisor, read now. */
export function isRecent(at: string | undefined, evidence: { at: string }): boolean {
  return !((Date.parse(evidence.at) - Date.parse(at ?? '')) / 1000 > recentSeconds);
}

/**
 * Healthy, and not one that somebody went back from: a supervisor calls a process healthy that runs and still
 * serves its callers errors, but people who return to an earlier environment have seen what it does.
 */
function trusted(revisions: readonly Revision[]): Revision[] {
  const rejected = new Set<string>();
  const seen = new Set<string>();
  let previous: string | undefined;
  for (const revision of revisions) {
    const environment = fingerprint(revision);
    if (seen.has(environment) && !rejected.has(environment) && previous !== undefined && previous !== environment) rejected.add(previous);
    seen.add(environment);
    previous = environment;
  }
  return revisions.filter((revision) => revision.healthy && !rejected.has(fingerprint(revision)));
}

function same(left: Revision, right: Revision): boolean {
  return differences(left.environment, right.environment).length === 0;
}

function fingerprint(revision: Revision): string {
  return JSON.stringify(Object.entries(revision.environment).sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function valueOf(environment: Record<string, string> | undefined, variable: string): string | undefined {
  return environment !== undefined && Object.hasOwn(environment, variable) ? environment[variable] : undefined;
}

function differences(before: Record<string, string>, after: Record<string, string>): VariableChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.map((variable) => ({ variable, before: valueOf(before, variable), after: valueOf(after, variable) })).filter((change) => change.before !== change.after);
}
