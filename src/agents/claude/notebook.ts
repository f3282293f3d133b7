/** A specialist's findings as it states them: checked at once, answered with ids and what is wrong, never with their own text. */
import type { z } from 'zod';
import { findingKey } from '../../incident/types.ts';
import type { Finding, SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import { admitClaim, problemsOf } from './claims.ts';
import type { Claim } from './claims.ts';
import { modelTool } from './model-tool.ts';
import type { ModelTool } from './model-tool.ts';
import { quoted } from './render.ts';
import { notesSchema, reportSchema } from './report-schema.ts';

type Submitted = z.infer<typeof reportSchema>;

export interface Notebook {
  tools: ModelTool[];
  /** The tool that notes findings. */
  note: string;
  /** The tool whose call ends the work. */
  submit: string;
  /** Takes the report if it holds; one that does not is answered with what is missing, once, unless it is the `last` chance. */
  accepts(input: unknown, last: boolean): Promise<boolean>;
  /** When it ends otherwise: a report that did not hold is better than none. */
  close(): Promise<void>;
  /** Noted or submitted; what is submitted replaces what was noted about the same. */
  findings(): Finding[];
  report(): Submitted | undefined;
}

const submit = 'submit_report';
const noteName = 'note_findings';

export function createNotebook(seat: SpecialistName, investigation: Investigation): Notebook {
  const noted = new Map<string, Finding>();
  let reported: Finding[] = [];
  let submitted: Submitted | undefined;
  let refused: Submitted | undefined;

  async function admit(claims: readonly Claim[]): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const claim of claims) findings.push(await admitClaim(claim, seat, investigation));
    return findings;
  }

  async function take(input: Submitted): Promise<void> {
    submitted = input;
    reported = await admit(input.findings);
  }

  async function missingIn(input: Submitted): Promise<string[]> {
    const found = await Promise.all(input.findings.map((claim) => problemsOf(claim, investigation)));
    return found.flatMap((problems, index) => problems.map((problem) => `finding ${index + 1} (${quoted(input.findings[index]?.title ?? '', 120)}): ${problem}`));
  }

  const note = modelTool({
    name: noteName,
    description: 'Notes findings as soon as you are sure of them, beside further calls in the same reply, and has their quotes checked. Should your time end before you report, these count. What you noted needs no second statement in submit_report; state it again only to correct it.',
    schema: notesSchema,
    run: async ({ findings }) => {
      for (const finding of await admit(findings)) noted.set(findingKey(finding), finding);
      const problems = await Promise.all(findings.map((claim) => problemsOf(claim, investigation)));
      return problems.map((all, index) => `${index + 1}: ${all.length === 0 ? 'noted, its quotes were found' : `noted as UNSUPPORTED: ${all.join('; ')}`}`).join('\n') || 'Nothing was stated.';
    },
  });

  const report = modelTool({
    name: submit,
    description: 'Hands your report to the orchestrator and ends your work. Quotes must be verbatim from the evidence they cite: code checks them, and an unsupported finding counts for nothing.',
    schema: reportSchema,
    // A report that holds ends the work before its tool runs; what is left is one that does not.
    run: async (input) => {
      refused = input;
      throw new Error(`Not taken: ${(await missingIn(input)).join('; ')}. Copy quotes from the evidence as they stand there, leave out what you can't show, and submit again.`);
    },
  });

  return {
    tools: [note, report],
    note: noteName,
    submit,
    async accepts(input, last) {
      const parsed = reportSchema.safeParse(input);
      if (!parsed.success) return false;
      if (!refused && !last && (await missingIn(parsed.data)).length > 0) return false;
      await take(parsed.data);
      return true;
    },
    async close() {
      if (!submitted && refused) await take(refused);
    },
    findings: () => [...[...noted.values()].filter((one) => !reported.some((other) => findingKey(other) === findingKey(one))), ...reported],
    report: () => submitted,
  };
}
