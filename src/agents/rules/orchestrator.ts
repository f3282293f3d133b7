/** Investigates by rules alone: plans, briefs specialists in parallel, looks again where a report points, concludes. */
import type { PlanTask, Report } from '../../incident/types.ts';
import type { Readings } from '../../rules/readings.ts';
import { list } from '../../rules/words.ts';
import { collectReadings } from '../../tools/readings/collect.ts';
import type { Investigation, Orchestrator } from '../agents.ts';
import { firstAssignments, secondAssignments } from './briefs.ts';
import type { Assignment } from './briefs.ts';
import { conclude } from './conclude.ts';
import { focusOf } from './focus.ts';
import { createRulesSpecialist } from './specialist.ts';

/** `collect` reads the systems again for a second brief; the first look is in the investigation. Throws only when stopped. */
export function createRulesOrchestrator({ collect = collectReadings }: { collect?: typeof collectReadings } = {}): Orchestrator {
  return {
    engine: 'rules',
    async run(investigation) {
      const { targets, alerts, rules } = investigation;
      const focus = focusOf(alerts, targets);
      const plan = createTasks(investigation);
      // What the second brief reads is read into the same readings, so that the diagnosis sees the newest.
      let newest = rules.readings;
      const collectNewest: typeof collectReadings = async (options) => {
        const read = await collect(options);
        newest = { services: newest.services, databases: newer(newest.databases, read.databases), hosts: [...newest.hosts, ...read.hosts] };
        return read;
      };

      const { assignments, left } = firstAssignments(investigation, focus);
      const reports = await brief(assignments, plan, investigation, collectNewest, left.map(({ specialist, reason }) => `${specialist}: ${reason}`));
      const second = secondAssignments(reports, investigation, focus);
      if (second.length > 0) reports.push(...(await brief(second, plan, investigation, collectNewest)));

      await investigation.checkpoint();
      const findings = [...new Map([...rules.findings, ...reports.flatMap((report) => report.findings)].map((finding) => [finding.id, finding])).values()];
      const clusters = targets.clusters.length === 0 ? [] : [`clusters ${list(targets.clusters.map((cluster) => cluster.name))}: there are no rules for clusters yet`];
      const unseen = [...new Set([...rules.unread, ...reports.flatMap((report) => report.gaps), ...clusters])];
      return conclude({ findings, readings: newest, targets, focus, unseen });
    },
  };
}

async function brief(assignments: readonly Assignment[], plan: Tasks, investigation: Investigation, collect: typeof collectReadings, notStarted: readonly string[] = []): Promise<Report[]> {
  await investigation.checkpoint();
  const started = await plan.start(assignments, notStarted);
  return Promise.all(
    started.map(async ({ task, assignment }) => {
      await investigation.append({ type: 'specialist.briefed', task, specialist: assignment.specialist, brief: assignment.brief });
      const report = await createRulesSpecialist(assignment.specialist, collect, assignment.focus).investigate(assignment.brief, investigation);
      await investigation.append({ type: 'specialist.reported', task, report });
      await plan.finish(task, report);
      return report;
    }),
  );
}

interface Tasks {
  start(assignments: readonly Assignment[], notStarted: readonly string[]): Promise<{ task: string; assignment: Assignment }[]>;
  finish(task: string, report: Report): Promise<void>;
}

/** T1, T2, ...; every change of the plan is an event. Those not asked are named with the reason in the hypotheses' place. */
function createTasks(investigation: Investigation): Tasks {
  let tasks: PlanTask[] = [];
  let remarks: string[] = [];
  const publish = (): Promise<void> => investigation.append({ type: 'plan.updated', tasks, ...(remarks.length > 0 ? { hypotheses: remarks } : {}) });
  return {
    async start(assignments, notStarted) {
      const started = assignments.map((assignment, index) => ({ task: `T${tasks.length + index + 1}`, assignment }));
      tasks = [...tasks, ...started.map(({ task, assignment }): PlanTask => ({ id: task, title: assignment.title, specialist: assignment.specialist, status: 'in_progress' }))];
      remarks = [...remarks, ...notStarted.map((reason) => `Not asked: ${reason}`)];
      await publish();
      return started;
    },
    async finish(id, report) {
      const worst = report.findings.find((finding) => finding.severity === 'critical') ?? report.findings.find((finding) => finding.severity === 'warning');
      const detail = worst?.title ?? (report.outcome === 'failed' ? (report.gaps[0] ?? 'could not look') : 'nothing out of order');
      tasks = tasks.map((task) => (task.id === id ? { ...task, status: report.outcome === 'failed' ? 'error' : 'complete', detail } : task));
      await publish();
    },
  };
}

function newer(before: Readings['databases'], after: Readings['databases']): Readings['databases'] {
  return [...before.filter((one) => !after.some((other) => other.name === one.name)), ...after];
}
