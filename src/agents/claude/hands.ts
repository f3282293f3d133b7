/** What an agent that looks for itself has: every tool, and its findings, which code checks as it checks a specialist's. */
import type { Finding, Report, SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import type { Plan } from '../plan.ts';
import { modelTool } from './model-tool.ts';
import type { ModelTool } from './model-tool.ts';
import { ofAllTrades } from './of-all-trades.ts';
import { renderReport } from './render.ts';
import { reportSchema } from './report-schema.ts';
import { createToolCalls } from './tool-calls.ts';

/** Whose evidence and findings these are in the record. */
const seat: SpecialistName = 'generic';

export function createHands(investigation: Investigation, plan: Plan): ModelTool[] {
  const { tools, gathered } = createToolCalls(seat, ofAllTrades(seat, investigation), investigation.signal);
  let reported = 0;
  let begun = Date.now();

  const stateFindings = modelTool({
    name: 'state_findings',
    description: 'States findings with their quotes, checks them, and gives you their ids: conclude cites those. Quotes must be verbatim from the evidence they cite; an unsupported finding counts for nothing.',
    schema: reportSchema,
    run: async ({ summary, findings: claims, gaps }) => {
      const [task = ''] = await plan.start([{ specialist: seat, title: 'Findings' }]);
      const findings: Finding[] = [];
      for (const body of claims) findings.push(await investigation.admit(seat, 'model', body));
      const report: Report = { specialist: seat, outcome: 'complete', summary, findings, gaps, evidence: gathered.slice(reported), seconds: (Date.now() - begun) / 1000 };
      [reported, begun] = [gathered.length, Date.now()];
      await investigation.append({ type: 'specialist.reported', task, report });
      await plan.finish(task, report);
      return renderReport(report);
    },
  });
  return [...tools, stateFindings];
}
