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
