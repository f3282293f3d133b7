/** The visible plan: tasks and hypotheses, every change of it an event that the thread shows live. */
import type { Hypothesis, PlanTask, Report, SpecialistName } from '../incident/types.ts';
import type { Investigation } from './agents.ts';

export interface Plan {
  /** Adds tasks in progress; returns their ids: T1, T2, ... */
  start(tasks: readonly { specialist: SpecialistName; title: string }[]): Promise<string[]>;
  finish(task: string, report: Report): Promise<void>;
  setHypotheses(hypotheses: readonly Hypothesis[]): Promise<void>;
  /** How many tasks were ever started. */
  size(): number;
  snapshot(): { tasks: PlanTask[]; hypotheses: readonly Hypothesis[] };
}

export function createPlan(append: Investigation['append'], earlier?: ReturnType<Plan['snapshot']>): Plan {
  let tasks: PlanTask[] = earlier?.tasks ?? [];
  let hypotheses: readonly Hypothesis[] = earlier?.hypotheses ?? [];
  // One after the other: tasks finish side by side, and an older picture must not be appended after a newer one.
  let published: Promise<void> = Promise.resolve();
  const publish = () => {
    published = published.catch(() => undefined).then(() => append({ type: 'plan.updated', tasks, hypotheses }));
    return published;
  };

  return {
    async start(added) {
      const started = added.map((task, index): PlanTask => ({ id: `T${tasks.length + index + 1}`, ...task, status: 'in_progress' }));
      tasks = [...tasks, ...started];
      await publish();
      return started.map(({ id }) => id);
    },
    async finish(task, report) {
      const status = report.outcome === 'failed' ? 'error' : 'complete';
      tasks = tasks.map((one) => (one.id === task ? { ...one, status, detail: detailOf(report) } : one));
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

function detailOf({ findings, outcome, gaps }: Report): string {
  const worst = findings.find((finding) => finding.severity === 'critical') ?? findings.find((finding) => finding.severity === 'warning');
  if (worst !== undefined) return worst.title;
  if (outcome === 'failed') return gaps[0] ?? 'could not look';
  const more = gaps.length > 1 ? ` (and ${gaps.length - 1} more)` : '';
  if (gaps[0] !== undefined) return `could not read all: ${gaps[0]}${more}`;
  const remark = findings[0];
  if (remark !== undefined) return `noticed: ${remark.title}`;
  return outcome === 'partial' ? 'could not read all' : 'nothing out of order';
}
