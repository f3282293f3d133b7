/** Investigates by rules alone: plans, briefs specialists in parallel, looks again where a report points, concludes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoppedError } from '../../incident/stopped-error.ts';
import type { Finding, Report } from '../../incident/types.ts';
import { explain } from '../../rules/causal.ts';
import { gapsOf } from '../../rules/coverage.ts';
import { detectAll } from '../../rules/detect-all.ts';
import type { Readings } from '../../rules/readings.ts';
import { twoLooks } from '../../rules/two-looks.ts';
import { collectReadings } from '../../tools/readings/collect.ts';
import type { Investigation, Orchestrator } from '../agents.ts';
import { createPlan } from '../plan.ts';
import type { Plan } from '../plan.ts';
import { countAsked, textOf } from './asked.ts';
import { brief, firstAssignments, secondAssignments } from './briefs.ts';
import type { Assignment } from './briefs.ts';
import { conclude } from './conclude.ts';
import { focusOf } from './focus.ts';
import { hypothesesOf } from './hypotheses.ts';
import { createRulesSpecialist, reportOf } from './specialist.ts';

export interface RulesParts {
  collect?: typeof collectReadings;
  causal?: boolean;
  /** Between two looks. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

const betweenLooksMilliseconds = 3_000;

/**
 * `collect` reads the systems again for a second brief; the first look is in the investigation. Without `causal`, for
 * measurements, nobody's blame is heard. Throws only when stopped.
 */
export function createRulesOrchestrator({ collect = collectReadings, causal = true, wait = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) }: RulesParts = {}): Orchestrator {
  return {
    engine: 'rules',
    async run(investigation) {
      const { targets, alerts, rules } = investigation;
      const focus = focusOf(alerts, targets);
      const plan = createPlan(investigation.append);
      // What the second brief reads is read into the same readings, so that the diagnosis sees the newest.
      let newest = rules.readings;
      const collectNewest: typeof collectReadings = async (options) => {
        const read = await collect(options);
        newest = { services: newest.services, databases: newer(newest.databases, read.databases), hosts: [...newest.hosts, ...read.hosts], ...(newest.clusters === undefined ? {} : { clusters: newest.clusters }), ...(newest.machines === undefined ? {} : { machines: newest.machines }), observerSlowdown: Math.max(newest.observerSlowdown ?? 1, read.observerSlowdown ?? 1) };
        return read;
      };

      const { assignments, left } = firstAssignments(investigation, focus);
      await investigation.checkpoint();
      const reports = await briefAll(assignments, plan, investigation, collectNewest);
      const second = secondAssignments(reports, investigation, focus);
      const secondReports = second.length > 0 ? await briefAll(second, plan, investigation, collectNewest) : [];
      reports.push(...secondReports);

      await investigation.checkpoint();
      const known = [...new Map([...rules.findings, ...reports.flatMap((report) => report.findings)].map((finding) => [finding.id, finding])).values()];
      const findings = !causal ? known.map((finding) => ({ ...finding, blames: undefined })) : second.length > 0 ? blamedAnew(known, newest, investigation) : known;
      const failed = secondReports.filter((report) => report.outcome === 'failed').flatMap((report) => report.gaps);
      const seen = { findings, readings: newest };
      const last = isUnexplained(findings, targets, focus) ? await lookAgain(seen, investigation, { plan, collect, wait, focus, causal }) : seen;
      const counted = isUnexplained(last.findings, targets, focus) ? countAsked(last.findings, { alerts, readings: last.readings, targets, focus }) : last.findings;
      const { diagnosis, drafts } = conclude({ ...last, findings: counted, targets, focus, unseen: [...new Set([...gapsOf(last.readings), ...failed])] });
      await plan.setHypotheses(hypothesesOf(diagnosis, counted));
      return { diagnosis: { ...diagnosis, ...(left.length > 0 && { notAsked: left }) }, drafts };
    },
  };
}

/** Nothing is wrong, as it seems, or only a symptom is seen. */
function isUnexplained(findings: readonly Finding[], targets: Investigation['targets'], focus: readonly string[]): boolean {
  const { root } = explain(findings, targets, focus);
  return root === undefined || root.mechanism.startsWith('checks-');
}

async function briefAll(assignments: readonly Assignment[], plan: Plan, investigation: Investigation, collect: typeof collectReadings): Promise<Report[]> {
  await investigation.checkpoint();
  const ids = await plan.start(assignments.map(({ specialist, title }) => ({ specialist, title })));
  return Promise.all(
    assignments.map(async (assignment, index) => {
      const task = ids[index] ?? '';
      await investigation.append({ type: 'specialist.briefed', task, specialist: assignment.specialist, brief: assignment.brief });
      const report = await createRulesSpecialist(assignment.specialist, collect, assignment.focus).investigate(assignment.brief, investigation);
      await investigation.append({ type: 'specialist.reported', task, report });
      await plan.finish(task, report);
      return report;
    }),
  );
}

interface Seen {
  findings: readonly Finding[];
  readings: Readings;
}

/** A moment's slowness is over by then, a rollout has come further, and what fails now and then has failed again. */
async function lookAgain(before: Seen, investigation: Investigation, { plan, collect, wait, focus, causal }: Required<RulesParts> & { plan: Plan; focus: readonly string[] }): Promise<Seen> {
  await investigation.checkpoint();
  const [task = ''] = await plan.start([{ specialist: 'service', title: 'Look at everything once more, some seconds later: nothing explains yet what was reported' }]);
  const begun = Date.now();
  const seconds = (): number => (Date.now() - begun) / 1000;
  await investigation.append({ type: 'specialist.briefed', task, specialist: 'service', brief: brief('Say what is still so a few seconds later.', investigation, focus) });
  await wait(betweenLooksMilliseconds, investigation.signal);
  await investigation.checkpoint();
  const { targets, record, signal } = investigation;
  const again = await collect({ targets, record, signal, about: textOf(investigation.alerts) }).catch((error: unknown) => {
    if (signal.aborted || error instanceof StoppedError) throw error;
    return error instanceof Error ? error.message : String(error);
  });
  if (typeof again === 'string') {
    await finish({ specialist: 'service', summary: `Nothing could be read again: ${again}`, findings: [], gaps: [again], evidence: [], outcome: 'failed', seconds: seconds() });
    return before;
  }
  const readings = twoLooks(before.readings, again);
  const findings: Finding[] = [];
  for (const { rule, specialist, finding } of detectAll(readings, targets)) findings.push(await investigation.admit(specialist, rule, causal ? finding : { ...finding, blames: undefined }));
  await finish(reportOf('service', { readings, findings }, seconds()));
  return { readings, findings };

  async function finish(report: Report): Promise<void> {
    await investigation.append({ type: 'specialist.reported', task, report });
    await plan.finish(task, report);
  }
}

/** What the second look found may explain what the first had no cause for. */
function blamedAnew(findings: readonly Finding[], readings: Readings, { targets }: Investigation): Finding[] {
  const fresh = new Map(detectAll(readings, targets).map(({ rule, finding }) => [`${rule} ${finding.mechanism} ${finding.resource}`, finding]));
  return findings.map((finding) => {
    const blames = finding.blames ?? fresh.get(`${finding.source} ${finding.mechanism} ${finding.resource}`)?.blames;
    return blames === undefined ? finding : { ...finding, blames };
  });
}

function newer(before: Readings['databases'], after: Readings['databases']): Readings['databases'] {
  return [...before.filter((one) => !after.some((other) => other.name === one.name)), ...after];
}
