/** A service's process does not stay up, with or without a change of configuration that explains it. */
import type { FindingBody } from '../../incident/types.ts';
import { restart, setEnvironment, shownValue } from '../operations.ts';
import type { ServiceReading, WorkloadStatus } from '../readings.ts';
import { workloadResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { count, list } from '../words.ts';
import { errorTexts, quoteError, quoteStatus } from './errors.ts';
import { isProcessDown } from './health.ts';
import type { ConfigurationChange, VariableChange } from './revisions.ts';
import { configurationChange } from './revisions.ts';

export const processDown: Rule = {
  id: 'process-down',
  specialist: 'service',
  detect: (readings, targets) =>
    readings.services.flatMap((service) => {
      const workload = service.workload?.value;
      if (workload === undefined || !isProcessDown(service)) return [];
      if (workload.state === 'stopped') return [stopped(service, workload, targets)];
      const change = configurationChange(workload);
      return [change === undefined || change.variables.length === 0 ? crashLoop(service, workload) : crashAfterChange(service, workload, change, targets)];
    }),
};

function crashAfterChange(service: ServiceReading, workload: WorkloadStatus, change: ConfigurationChange, targets: RuleTargets): FindingBody {
  const errors = errorTexts(service);
  const named = change.variables.filter((variable) => errors.some((line) => mentions(line, variable.variable)));
  const suspect = change.variables.length === 1 ? change.variables[0] : named.length === 1 ? named[0] : undefined;
  const remedy = suspect === undefined ? undefined : setEnvironment(targets, service, suspect.variable, suspect.before);
  const names = list(change.variables.map((variable) => variable.variable));
  return {
    severity: 'critical',
    resource: workloadResource(service.name),
    mechanism: 'crash-after-configuration-change',
    title: `${service.name} crashes since ${suspect?.variable ?? names} changed in revision ${change.revision}`,
    explanation: `${exitOf(workload)} Revision ${change.healthyRevision} was healthy; revision ${change.revision} changed ${names}. ${suspect === undefined ? 'Which of them is to blame its log does not say, so no change is proposed.' : `${described(service, suspect)}${named.includes(suspect) ? ' Its own log names the variable.' : ''}`}`,
    confidence: suspect === undefined ? 0.7 : named.includes(suspect) ? 0.97 : 0.88,
    quotes: [...quoteStatus(service, 'changed since', suspect?.variable ?? change.variables[0]?.variable ?? ''), ...quoteError(service, 2, (text) => suspect === undefined || mentions(text, suspect.variable)), ...quoteStatus(service, 'state', workload.state)],
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function crashLoop(service: ServiceReading, workload: WorkloadStatus): FindingBody {
  return {
    severity: 'critical',
    resource: workloadResource(service.name),
    mechanism: 'crash-loop',
    title: `${service.name} does not stay up (${count(workload.restarts, 'restart')})`,
    explanation: `${exitOf(workload)} Its configuration is one that was healthy before, or there is none to compare with, so the cause lies elsewhere: what its last log lines say, or something it needs at start. Restarting it again is what its supervisor does already.`,
    confidence: 0.8,
    quotes: [...quoteStatus(service, 'state', workload.state), ...quoteError(service, 2, () => true)],
  };
}

function stopped(service: ServiceReading, workload: WorkloadStatus, targets: RuleTargets): FindingBody {
  const remedy = restart(targets, service.name);
  return {
    severity: 'critical',
    resource: workloadResource(service.name),
    mechanism: 'process-stopped',
    title: `${service.name} is stopped`,
    explanation: `Its supervisor does not run it. ${exitOf(workload)} It may have been stopped on purpose: ask before starting it.`,
    confidence: 0.75,
    quotes: quoteStatus(service, 'state', workload.state),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function exitOf({ lastExit }: WorkloadStatus): string {
  if (lastExit === null) return 'How it last ended is not known.';
  return lastExit.code === null ? `It last ended on signal ${lastExit.signal ?? 'unknown'} at ${lastExit.at}.` : `It last ended with exit code ${lastExit.code} at ${lastExit.at}.`;
}

export function described(service: ServiceReading, { variable, before, after }: VariableChange): string {
  const was = before === undefined ? undefined : shownValue(service, before);
  const is = after === undefined ? undefined : shownValue(service, after);
  if (is === undefined) return `${variable} was ${was} and is not set any more.`;
  if (was === undefined) return `${variable} was not set and is now ${is}.`;
  return `${variable} was ${was} and is now ${is}.`;
}

/** The variable as a whole word. */
export function mentions(text: string, variable: string): boolean {
  const at = text.indexOf(variable);
  return variable.length > 1 && at >= 0 && !/[A-Za-z0-9_]/.test(text[at - 1] ?? ' ') && !/[A-Za-z0-9_]/.test(text[at + variable.length] ?? ' ');
}
