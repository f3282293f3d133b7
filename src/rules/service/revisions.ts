/** What changed between the configuration that was healthy and the one that runs now. */
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

/**
 * Undefined when the newest revision's environment is one that has been healthy (then the configuration is not the
 * cause), or when no earlier revision was healthy.
 */
export function configurationChange(workload: WorkloadStatus | undefined): ConfigurationChange | undefined {
  const newest = workload?.revisions.at(-1);
  if (workload === undefined || newest === undefined) return undefined;
  const earlier = workload.revisions.slice(0, -1).filter((revision) => revision.healthy);
  if (earlier.some((revision) => differences(revision.environment, newest.environment).length === 0)) return undefined;
  const base = earlier.at(-1);
  if (base === undefined) return undefined;
  return { revision: newest.revision, at: newest.at, healthyRevision: base.revision, variables: differences(base.environment, newest.environment) };
}

/** The last value a variable had before the one it has now; healthy revisions first. */
export function earlierValue(workload: WorkloadStatus, variable: string): string | undefined {
  const now = valueOf(workload.revisions.at(-1)?.environment, variable);
  const others = workload.revisions.slice(0, -1).filter((revision) => {
    const value = valueOf(revision.environment, variable);
    return value !== undefined && value !== now;
  });
  const chosen = others.filter((revision) => revision.healthy).at(-1) ?? others.at(-1);
  return valueOf(chosen?.environment, variable);
}

export function valueOf(environment: Record<string, string> | undefined, variable: string): string | undefined {
  return environment !== undefined && Object.hasOwn(environment, variable) ? environment[variable] : undefined;
}

function differences(before: Record<string, string>, after: Record<string, string>): VariableChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.map((variable) => ({ variable, before: valueOf(before, variable), after: valueOf(after, variable) })).filter((change) => change.before !== change.after);
}
