/** What an agent that looks for itself has: every tool, and its findings, which code checks as it checks a specialist's. */
import type { Finding, Report, SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import type { Plan } from '../plan.ts';
import { admitClaim, problemsOf } from './claims.ts';
import { modelTool } from './model-tool.ts';
import type { ModelTool } from './model-tool.ts';
import { ofAllTrades } from './of-all-trades.ts';
import type { Conclude } from './orchestrator-tools.ts';
import { reportSchema } from './report-schema.ts';
import type { Claim } from './claims.ts';
import { createToolCalls } from './tool-calls.ts';

export interface Hands {
  tools: ModelTool[];
  /** States what a conclusion brings along, and puts the ids of it where the conclusion says N1, N2, ...; `ids` in that order. */
  stateInline(concluded: Conclude): Promise<{ concluded: Conclude; ids: string[] }>;
}

/** Whose evidence and findings these are in the record. */
const seat: SpecialistName = 'generic';

export function createHands(investigation: Investigation, plan: Plan): Hands {
  const { tools, gathered } = createToolCalls(seat, ofAllTrades(seat, investigation), investigation.signal);
  let reported = 0;
  let begun = Date.now();

  async function state({ summary, findings: claims, gaps }: { summary: string; findings: readonly Claim[]; gaps: string[] }): Promise<Finding[]> {
    const [task = ''] = await plan.start([{ specialist: seat, title: 'Findings' }]);
    const findings: Finding[] = [];
    for (const claim of claims) findings.push(await admitClaim(claim, seat, investigation));
    const report: Report = { specialist: seat, outcome: 'complete', summary, findings, gaps, evidence: gathered.slice(reported), seconds: (Date.now() - begun) / 1000 };
    [reported, begun] = [gathered.length, Date.now()];
    await investigation.append({ type: 'specialist.reported', task, report });
    await plan.finish(task, report);
    return findings;
  }

  const stateFindings = modelTool({
    name: 'state_findings',
    description: 'States findings with their quotes, checks them, and gives you their ids: conclude cites those. Only for what you want checked before you go on; conclude takes new findings along. Quotes must be verbatim from the evidence they cite; an unsupported finding counts for nothing.',
    schema: reportSchema,
    run: async (input) => {
      const findings = await state(input);
      const problems = await Promise.all(input.findings.map((claim) => problemsOf(claim, investigation)));
      return findings.map(({ id, supported }, index) => (supported ? `${id}: supported` : `${id}: UNSUPPORTED, ${problems[index]?.join('; ') ?? ''}`)).join('\n') || 'Nothing was stated.';
    },
  });

  return {
    // read_evidence it has as whoever leads.
    tools: [...tools.filter(({ name }) => name !== 'read_evidence'), stateFindings],
    async stateInline(concluded) {
      const { new_findings: claims = [], ...rest } = concluded;
      if (claims.length === 0) return { concluded: rest, ids: [] };
      const findings = await state({ summary: concluded.summary, findings: claims, gaps: [] });
      const idOf = (cited: string): string => findings[Number(/^N(\d+)$/.exec(cited)?.[1] ?? 0) - 1]?.id ?? cited;
      return {
        ids: findings.map(({ id }) => id),
        concluded: {
          ...rest,
          root_cause: rest.root_cause && { ...rest.root_cause, findings: rest.root_cause.findings.map(idOf) },
          changes: rest.changes.map((change) => ({ ...change, findings: change.findings.map(idOf) })),
        },
      };
    },
  };
}
