/** What a conclusion must rest on: names that were seen, and at least two kinds of evidence for a change. */
import { canonicalJson } from '../../changes/canonical-json.ts';
import type { ProposableAction } from '../../changes/action.ts';
import type { Finding } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import { unknownNames } from './existence.ts';
import type { Conclude } from './orchestrator-tools.ts';

export interface Missing {
  rootCause: string[];
  /** One list for each change, in order. */
  changes: string[][];
}

type Known = ReadonlyMap<string, Finding>;

export async function checkEvidence({ root_cause, changes }: Conclude, known: Known, investigation: Investigation): Promise<Missing> {
  const rootCause = root_cause === null ? [] : await unknownNames(root_cause.resource, investigation, evidenceOf(root_cause.findings, known));
  return {
    rootCause: rootCause.length === 0 ? [] : [`the root cause names ${rootCause.join(' and ')}, which nothing that was read or configured is called`],
    changes: await Promise.all(changes.map((change) => missingFor(change, root_cause?.findings ?? [], known, investigation))),
  };
}

async function missingFor({ title, action, findings }: Conclude['changes'][number], ofCause: readonly string[], known: Known, investigation: Investigation): Promise<string[]> {
  const cited = evidenceOf([...findings, ...ofCause], known);
  const missing: string[] = [];
  const unknown = (await Promise.all(namesIn(action).map((name) => unknownNames(name, investigation, cited)))).flat();
  if (unknown.length > 0) missing.push(`the change "${title}" names ${[...new Set(unknown)].join(' and ')}, which nothing that was read or configured is called`);
  if (!isRemedyOfRule(action, findings, known) && (await kindsOf(cited, known, investigation)).size < 2) {
    missing.push(`the change "${title}" rests on one kind of evidence: cite findings that quote a second one (another tool, or what a client of it experiences)`);
  }
  return missing;
}

/** Fields of actions that name something that must exist already. */
const naming = ['namespace', 'name', 'container', 'release', 'schema', 'table', 'column', 'columns', 'role', 'workload_name'];

function namesIn(action: ProposableAction): string[] {
  if (action.kind === 'http.operation') return [];
  return Object.entries(action).flatMap(([field, value]) => (naming.includes(field) ? [value].flat().filter((one) => typeof one === 'string') : []));
}

/** A rule proposes a change only where the mechanism leaves no choice, and its readings are of several kinds already. */
function isRemedyOfRule(action: ProposableAction, findings: readonly string[], known: Known): boolean {
  return findings.some((id) => {
    const finding = known.get(id);
    return finding !== undefined && finding.source !== 'model' && finding.supported && finding.remedy !== undefined && canonicalJson(finding.remedy) === canonicalJson(action);
  });
}

function evidenceOf(findings: readonly string[], known: Known): string[] {
  return [...new Set(findings.flatMap((id) => known.get(id) ?? []).filter(({ supported }) => supported).flatMap(({ quotes }) => quotes.map(({ evidence }) => evidence)))];
}

/** The tools behind the evidence; what clients experience counts as one where it was measured, cited or not. */
async function kindsOf(cited: readonly string[], known: Known, { listEvidence }: Investigation): Promise<Set<string>> {
  const tools = (await listEvidence()).filter(({ id }) => cited.includes(id)).map(({ tool }) => tool);
  const felt = [...known.values()].some(({ specialist, supported, severity }) => specialist === 'service' && supported && severity !== 'info');
  return new Set([...tools, ...(felt ? ['client'] : [])]);
}
