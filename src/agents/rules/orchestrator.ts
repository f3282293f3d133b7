/** Investigates by rules alone: plans, briefs specialists in parallel, looks again where a report points, concludes. */
import type { Finding, Report } from '../../incident/types.ts';
import { gapsOf } from '../../rules/coverage.ts';
import { detectAll } from '../../rules/detect-all.ts';
import type { Readings } from '../../rules/readings.ts';
import { collectReadings } from '../../tools/readings/collect.ts';
import type { Investigation, Orchestrator } from '../agents.ts';
import { createPlan } from '../plan.ts';
import type { Plan } from '../plan.ts';
import { firstAssignments, secondAssignments } from './briefs.ts';
import type { Assignment } from './briefs.ts';
import { conclude } from './conclude.ts';
import { focusOf } from './focus.ts';
import { createRulesSpecialist } from './specialist.ts';

/**
 * `collect` reads the systems again for a second brief; the first look is in the investigation. Without `causal`, for
 * measurements, nobody's blame is heard. Throws only when stopped.
 */
export function createRulesOrchestrator({ collect = collectReadings, causal = true }: { collect?: typeof collectReadings; causal?: boolean } = {}): Orchestrator {
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
        newest = { services: newest.services, databases: newer(newest.databases, read.databases), hosts: [...newest.hosts, ...read.hosts], ...(newest.clusters === undefined ? {} : { clusters: newest.clusters }), observerSlowdown: Math.max(newest.observerSlowdown ?? 1, read.observerSlowdown ?? 1) };
        return read;
      };

      const { assignments, left } = firstAssignments(investigation, focus);
      await investigation.checkpoint();
      if (left.length > 0) await plan.setHypotheses(left.map(({ specialist, reason }) => `Not asked: ${specialist}: ${reason}`));
      const reports = await brief(assignments, plan, investigation, collectNewest);
      const second = secondAssignments(reports, investigation, focus);
      const secondReports = second.length > 0 ? await brief(second, plan, investigation, collectNewest) : [];
      reports.push(...secondReports);

      await investigation.checkpoint();
      const known = [...new Map([...rules.findings, ...reports.flatMap((report) => report.findings)].map((finding) => [finding.id, finding])).values()];
      const findings = !causal ? known.map((finding) => ({ ...finding, blames: undefined })) : second.length > 0 ? blamedAnew(known, newest, investigation) : known;
      const unseen = [...new Set([...gapsOf(newest), ...secondReports.filter((report) => report.outcome === 'failed').flatMap((report) => report.gaps)])];
      return conclude({ findings, readings: newest, targets, focus, unseen });
    },
  };
}

async function brief(assignments: readonly Assignment[], plan: Plan, investigation: Investigation, collect: typeof collectReadings): Promise<Report[]> {
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
