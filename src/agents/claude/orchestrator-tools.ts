/** The orchestrator's tools: brief specialists, read evidence, keep the plan, conclude. It never touches a system itself. */
import { z } from 'zod';
import { proposableSchema } from '../../changes/action.ts';
import type { Targets } from '../../config/targets.ts';
import { briefSchema, specialistNames } from '../../incident/types.ts';
import type { Diagnosis, SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import { describeActions, kindsFor } from './action-catalog.ts';
import { hypothesesSchema } from './hypotheses.ts';
import { inputSchemaOf } from './model-tool.ts';
import { readEvidenceDescription, readEvidenceSchema } from './read-evidence.ts';
import { claimSchema } from './report-schema.ts';

/** With the actions themselves for what comes back, and with only their names for what the model is shown. */
const concludeWith = <A extends z.ZodType>(action: A) => z.object({
  summary: z.string().describe('Two to five sentences for the on-call engineer: cause, mechanism, effect'),
  root_cause: z
    .object({
      title: z.string(),
      resource: z.string().describe('kind/name, as in findings'),
      mechanism: z.string().describe('What is wrong, as a short term in kebab-case (network-policy-blocks, memory-limit-too-low); how it came about goes into title and chain'),
      findings: z.array(z.string()).describe('Ids of the supported findings that show it, strongest first'),
      confidence: z.number().describe('0 to 1'),
    })
    .nullable()
    .describe('null when nothing is wrong, it has recovered, or the cause could not be found'),
  chain: z.array(z.string()).describe('From cause to symptom, one step a line'),
  ruled_out: z.array(z.string()).describe('Each hypothesis given up, with the id of what spoke against it; [] only if there was none'),
  unseen: z.array(z.string()).describe('What could not be seen, and what the changes do not settle; [] only if there is nothing of the kind'),
  changes: z
    .array(
      z.object({
        title: z.string(),
        rationale: z.string().describe('Why this removes the cause, and why nothing less invasive does'),
        findings: z.array(z.string()).describe('Ids of the findings that must be gone afterwards: that of the cause first, then those of the rules that are its symptoms, which verification measures again; no remarks (info), and none that has another cause'),
        action,
      }),
    )
    .max(3)
    .describe('Least invasive first; empty when nothing should be changed'),
  not_asked: z.array(z.object({ specialist: z.enum(specialistNames), reason: z.string() })).optional().describe('Specialists you did not brief, and why they could not contribute'),
  new_findings: z.array(claimSchema).optional().describe('Findings not stated yet, with their quotes; cite them in this very call as N1, N2, ... by their place here'),
});
export const concludeSchema = concludeWith(proposableSchema);
export type Conclude = z.infer<typeof concludeSchema>;

const trades: Record<SpecialistName, string> = {
  kubernetes: 'workloads, pods, events, rollouts, configuration, helm releases in the clusters',
  service: 'HTTP behaviour, latency, errors, process state, logs and configuration history of services',
  database: 'sessions, locks, connections, plans, indexes, settings of databases',
  network: 'name resolution, reachability, the path between two components',
  generic: 'whatever fits no other trade: operations, process supervisors, hosts',
};

export const delegateName = (specialist: SpecialistName) => `delegate_to_${specialist}_agent`;

/** The specialist a delegation names; undefined for other tools. */
export function delegateOf(toolName: string): SpecialistName | undefined {
  return specialistNames.find((name) => delegateName(name) === toolName);
}

/** Somebody whom the orchestrator may brief. */
export interface Seat {
  name: SpecialistName;
  trade: string;
}

/** The specialists that have tools here. */
export function seatsWithTools({ tools }: Pick<Investigation, 'tools'>): Seat[] {
  return specialistNames.filter((name) => tools.some(({ specialists }) => specialists.includes(name))).map((name) => ({ name, trade: trades[name] }));
}

/** Every specialist whom nobody asked, with the reason: its own words, or what code knows. `calls`: names of the calls made; absent where nobody can be asked. */
export function seatsNotAsked(seats: readonly Seat[], said: readonly { specialist: SpecialistName; reason: string }[], { tools }: Pick<Investigation, 'tools'>, calls: readonly string[] | undefined): NonNullable<Diagnosis['notAsked']> {
  if (calls === undefined || seats.length === 0) return [];
  return specialistNames.filter((name) => !calls.includes(delegateName(name))).map((specialist) => {
    if (!tools.some(({ specialists }) => specialists.includes(specialist))) return { specialist, reason: withoutTools[specialist] };
    return { specialist, reason: said.find((one) => one.specialist === specialist)?.reason ?? 'not asked' };
  });
}

const withoutTools: Record<SpecialistName, string> = {
  kubernetes: 'no cluster is configured that could be read',
  service: 'no service is configured',
  database: 'no database is configured',
  network: 'it has no tools here',
  generic: 'it has no tools here',
};

/** Not sorted: tools of its own may come in between. */
export function orchestratorTools(seats: readonly Seat[], targets: Targets, reads = false) {
  const kinds = kindsFor(targets);
  const action = z.looseObject({ kind: z.enum(kinds) }).describe('One of the kinds, with exactly its fields');
  return [
    ...seats.map(({ name, trade }) => ({
      name: delegateName(name),
      description: `Briefs the ${name} specialist (${trade}). It sees only your brief and what it reads itself; you get its report, never its raw reading. Brief several in one reply: they work side by side.`,
      schema: briefSchema,
    })),
    { name: 'conclude', description: `States the diagnosis, proposes changes, and ends the investigation. Code previews every change before a person sees it; people decide.\n\nKinds of action and their fields (target: the name of the cluster, database or host as listed under the systems; ? may be left out; everything without a type is a string):\n${describeActions(kinds)}`, schema: concludeWith(action).omit(reads ? { not_asked: true } : { new_findings: true }) },
    { name: 'read_evidence', description: `${readEvidenceDescription} To check a quote or a detail before you rely on it.`, schema: readEvidenceSchema },
    { name: 'update_hypotheses', description: 'Replaces the list of hypotheses shown in the incident thread. Call it beside others when your view changes; it needs no reply of its own.', schema: hypothesesSchema },
  ].map(({ name, description, schema }) => ({ name, description, input_schema: inputSchemaOf(schema) }));
}
