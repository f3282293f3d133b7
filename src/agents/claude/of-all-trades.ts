/** The investigation as a seat without a trade sees it: every tool, and all that the rules saw. */
import type { SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';

export function ofAllTrades(seat: SpecialistName, investigation: Investigation): Investigation {
  const { tools, rules } = investigation;
  return {
    ...investigation,
    tools: tools.map((tool) => ({ ...tool, specialists: [seat] })),
    rules: { ...rules, findings: rules.findings.map((finding) => ({ ...finding, specialist: seat })) },
  };
}
