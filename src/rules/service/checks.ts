/** A service's checks fail or take too long: a symptom that blames what explains it, or the service itself. */
import type { FindingBody } from '../../incident/types.ts';
import { restart } from '../operations.ts';
import { quoteLine } from '../quotes.ts';
import type { Readings, ServiceReading } from '../readings.ts';
import { serviceResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { list, milliseconds } from '../words.ts';
import { isStarved, shortOfCpu, unreadNeeds } from '../coverage.ts';
import { firmCause, isCertain } from './attribution.ts';
import { quoteError } from './errors.ts';
import type { CheckHealth } from './health.ts';
import { failed, healthOf, isServiceUnwell, isOnlyLate } from './health.ts';
import { configurationChange } from './revisions.ts';

export const failingChecks: Rule = {
  id: 'checks-failing',
  specialist: 'service',
  detect: (readings, targets) =>
    readings.services.flatMap((service) => {
      const health = healthOf(service);
      const failing = health.filter((check) => check.state === 'failing');
      if (failing.length > 0) return [failingFinding(service, failing, readings, targets)];
      const flaky = health.filter((check) => check.state === 'flaky');
      return flaky.length > 0 ? [flakyFinding(service, flaky)] : [];
    }),
};

export const slowChecks: Rule = {
  id: 'checks-slow',
  specialist: 'service',
  detect: (readings, targets) =>
    readings.services.flatMap((service) => {
      const health = healthOf(service);
      if (health.some((check) => check.state === 'failing')) return [];
      const slow = health.filter((check) => check.state === 'slow');
      const sluggish = health.filter((check) => check.state === 'sluggish');
      if (slow.length > 0) return [slowFinding(service, slow, readings, targets)];
      return sluggish.length > 0 ? [{ ...slowBase(service, sluggish), severity: 'info' as const, confidence: 0.4, explanation: 'Just over its budget in a few samples; on a busy machine that comes and goes.' }] : [];
    }),
};

function failingFinding(service: ServiceReading, failing: CheckHealth[], readings: Readings, targets: RuleTargets): FindingBody {
  const cause = firmCause(service, readings, targets);
  const unanswered = failing.every((check) => check.unanswered);
  const certain = isCertain(service, readings, targets);
  // That only patience ran out, on a machine out of breath, makes it less sure and no less seen.
  const doubtful = isStarved(readings) && failing.every(isOnlyLate) && (cause === undefined || !certain);
  const remedy = certain && cause === undefined && unanswered && failing.length === service.checks.length ? restartFor(service, readings, targets) : undefined;
  return {
    // Some of them may have been our own lack of time; nearly all of them are seen, whatever the reason.
    severity: doubtful ? (certain || failing.some(({ failed: bad, total }) => bad * 5 >= total * 4) ? 'warning' : 'info') : 'critical',
    resource: serviceResource(service.name),
    mechanism: 'checks-failing',
    title: `${service.name} ${unanswered ? 'does not answer' : 'fails'} ${list(failing.map((check) => `${check.check.value.check} (${check.failed} of ${check.total} requests, ${answerOf(check)})`))}`,
    explanation: `${cause === undefined ? `${needsWords(service, readings, 'Nothing that it depends on explains it')}${remedy === undefined ? '' : ', and its configuration is as it was when it was healthy: its process seems stuck'}.` : `Explained by this: ${cause.because}.`}${!doubtful ? '' : ` ${shortOfCpu(readings)}, so answers may have come after we stopped waiting: they were too late all the same, and this is less sure than usual.`}`,
    confidence: doubtful ? 0.5 : 0.95,
    quotes: [...failing.slice(0, 2).flatMap(quoteWorst), ...quoteError(service, 1, () => true)],
    ...(cause === undefined ? {} : { blames: cause.blames }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function flakyFinding(service: ServiceReading, flaky: CheckHealth[]): FindingBody {
  return {
    severity: 'info',
    resource: serviceResource(service.name),
    mechanism: 'checks-flaky',
    title: `${service.name} failed some requests: ${list(flaky.map((check) => `${check.check.value.check} ${check.failed} of ${check.total} (${answerOf(check)})`))}`,
    explanation: 'Most requests succeed. It may be the edge of a failure, one that just ended, or noise.',
    confidence: 0.5,
    quotes: flaky.slice(0, 2).flatMap(quoteWorst),
  };
}

function slowFinding(service: ServiceReading, slow: CheckHealth[], readings: Readings, targets: RuleTargets): FindingBody {
  const cause = firmCause(service, readings, targets);
  const base = { ...slowBase(service, slow), severity: 'warning' as const, confidence: 0.9 };
  if (!isCertain(service, readings, targets)) {
    return { ...base, severity: 'info', confidence: 0.3, explanation: `${shortOfCpu(readings)}, so it says little about the service.` };
  }
  if (cause !== undefined) return { ...base, explanation: `Explained by this: ${cause.because}.`, blames: cause.blames };
  const remedy = restartFor(service, readings, targets);
  return {
    ...base,
    explanation: `${needsWords(service, readings, 'What it calls is well and its databases show nothing that would slow it down')}${remedy === undefined ? '.' : '; its configuration is the one it was healthy with. So the slowness is in the process itself, and a restart is the mildest thing that may cure it. It says nothing about why: look at what the process accumulated.'}`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function slowBase(service: ServiceReading, slow: CheckHealth[]): Pick<FindingBody, 'resource' | 'mechanism' | 'title' | 'quotes'> {
  return {
    resource: serviceResource(service.name),
    mechanism: 'checks-slow',
    title: `${service.name} takes ${list(slow.map((check) => `${milliseconds(check.medianMilliseconds ?? 0)} for ${check.check.value.check}`))} (budget ${milliseconds(service.latencyBudgetMilliseconds)})`,
    quotes: slow.slice(0, 2).flatMap((check) => quoteLine(check.check.evidence, 'median')),
  };
}

/** `well` may be said only when all that the service needs was read. */
function needsWords(service: ServiceReading, readings: Readings, well: string): string {
  const unread = unreadNeeds(service, readings);
  return unread.length === 0 ? well : `What explains it was not found, but ${list(unread)} could not be read fully, so the cause may lie there`;
}

/**
 * Only for a process that runs with a configuration that was healthy, and only when it is the one service that is
 * unwell by itself: several at once have something in common that a restart does not touch. Never while something that it
 * needs was not read.
 */
function restartFor(service: ServiceReading, readings: Readings, targets: RuleTargets): FindingBody['remedy'] {
  if (unreadNeeds(service, readings).length > 0) return undefined;
  const workload = service.workload?.value;
  const alike = readings.services.filter((other) => other.name !== service.name && isServiceUnwell(other) && firmCause(other, readings, targets) === undefined && isCertain(other, readings, targets));
  if (alike.length > 0) return undefined;
  if (workload === undefined || workload.state !== 'running' || configurationChange(workload) !== undefined) return undefined;
  return restart(targets, service.name);
}

function answerOf({ check: { value } }: CheckHealth): string {
  const answers = [...value.samples, ...(value.earlier?.samples ?? [])].filter(failed).map((sample) => (sample.status === undefined ? (sample.error ?? 'no answer') : `HTTP ${sample.status}`));
  return [...new Set(answers)].slice(0, 2).join(' or ');
}

/** Of the newest look, or of the one before when all went well since. */
function quoteWorst({ check: { value, evidence } }: CheckHealth): FindingBody['quotes'] {
  const looks = [{ samples: value.samples, evidence }, ...(value.earlier === undefined ? [] : [value.earlier])];
  for (const look of looks) {
    const worst = look.samples.find(failed);
    if (worst !== undefined) return quoteLine(look.evidence, worst.status === undefined ? (worst.error ?? 'no answer') : `HTTP ${worst.status}`);
  }
  return [];
}
