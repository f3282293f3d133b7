/** The visible plan: tasks and hypotheses, every change of it an event that the thread shows live. */
import type { PlanTask, Report, SpecialistName } from '../incident/types.ts';
import type { Investigation } from './agents.ts';

export interface Plan {
  /** Adds a task in progress; returns its id. */
  start(specialist: SpecialistName, title: string): Promise<string>;
  finish(task: string, report: Report): Promise<void>;
  setHypotheses(hypotheses: string[]): Promise<void>;
  /** How many tasks were ever started. */
  size(): number;
  snapshot(): { tasks: PlanTask[]; hypotheses: string[] };
}

export function createPlan(append: Investigation['append'], earlier?: ReturnType<Plan['snapshot']>): Plan {
  let tasks: PlanTask[] = earlier?.tasks ?? [];
  let hypotheses: string[] = earlier?.hypotheses ?? [];
  const publish = () => append({ type: 'plan.updated', tasks, hypotheses });

  return {
    async start(specialist, title) {
      const id = `T${tasks.length + 1}`;
      tasks = [...tasks, { id, specialist, title, status: 'in_progress' }];
      await publish();
      return id;
    },
    async finish(task, report) {
      const detail = report.findings.length > 0 ? report.findings[0]?.title : report.outcome === 'failed' ? report.gaps[0] : 'nothing out of order';
      tasks = tasks.map((one) => (one.id === task ? { ...one, status: report.outcome === 'failed' ? 'error' : 'complete', detail } : one));
      await publish();
    },
    async setHypotheses(next) {
      hypotheses = next;
      await publish();
    },
    size: () => tasks.length,
    snapshot: () => ({ tasks, hypotheses }),
  };
}
