import { expect, test } from 'vitest';
import { createPlan } from '../../src/agents/plan.ts';
import type { IncidentEvent } from '../../src/incident/events.ts';
import type { Report } from '../../src/incident/types.ts';

const report: Report = { specialist: 'service', summary: '', findings: [], gaps: [], evidence: [], outcome: 'complete', seconds: 1 };

test('tasks that finish side by side never leave an older picture on top', async () => {
  const appended: IncidentEvent[] = [];
  let slow = true;
  const plan = createPlan(async (event) => {
    if (event.type === 'plan.updated' && event.tasks.some((task) => task.status === 'complete') && slow) {
      slow = false;
      await new Promise((resolve) => setTimeout(resolve, 50)); // the first to finish is written last unless they queue
    }
    appended.push(event);
  });
  const [first = '', second = ''] = await plan.start([{ specialist: 'service', title: 'a' }, { specialist: 'network', title: 'b' }]);
  await Promise.all([plan.finish(first, report), plan.finish(second, report)]);
  expect(appended.at(-1)).toMatchObject({ tasks: [{ id: 'T1', status: 'complete' }, { id: 'T2', status: 'complete' }] });
});

test.each<[string, Partial<Report>, RegExp]>([
  ['all read', {}, /^nothing out of order$/],
  ['a gap', { outcome: 'partial', gaps: ['plans of database shop: stopped', 'b'] }, /^could not read all: plans of database shop: stopped \(and 1 more\)$/],
  ['a remark', { findings: [{ id: 'F1', specialist: 'service', source: 'r', supported: true, severity: 'info', resource: 'service/a', mechanism: 'checks-slow', title: 'a is slow', explanation: '', confidence: 0.3, quotes: [] }] }, /^noticed: a is slow$/],
  ['failed', { outcome: 'failed', gaps: ['refused'] }, /^refused$/],
])('the line of a task says nothing is out of order only when all was read: %s', async (_name, more, expected) => {
  const plan = createPlan(async () => undefined);
  const [task = ''] = await plan.start([{ specialist: 'service', title: 'a' }]);
  await plan.finish(task, { ...report, ...more });
  expect(plan.snapshot().tasks[0]?.detail).toMatch(expected);
});
