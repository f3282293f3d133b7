/** What the rules weighed, as a list: the cause they hold, what only looked like one, and what was found well. */
import type { Diagnosis, Finding, Hypothesis } from '../../incident/types.ts';

const most = 12;

export function hypothesesOf({ rootCause, ruledOut }: Diagnosis, findings: readonly Finding[]): Hypothesis[] {
  const cited = rootCause?.findings ?? [];
  const root = findings.find(({ id }) => id === cited[0]);
  const weighed = findings.filter(({ severity }) => severity !== 'info').map((finding) => weigh(finding, root, cited));
  const well = ruledOut.map((text): Omit<Hypothesis, 'id'> => ({ text, status: 'ruled_out', for: [], against: [], reason: 'looked at and found well' }));
  const order = ['supported', 'open', 'ruled_out'];
  return [...weighed, ...well].toSorted((one, other) => order.indexOf(one.status) - order.indexOf(other.status)).slice(0, most).map((one, index) => ({ id: `H${index + 1}`, ...one }));
}

function weigh(finding: Finding, root: Finding | undefined, cited: readonly string[]): Omit<Hypothesis, 'id'> {
  const own = [finding.id, ...new Set(finding.quotes.map(({ evidence }) => evidence))];
  if (finding.id === root?.id) return { text: finding.title, status: finding.supported ? 'supported' : 'open', for: [...own, ...cited.slice(1)], against: [] };
  if (root !== undefined && cited.includes(finding.id)) return { text: finding.title, status: 'ruled_out', for: own, against: [root.id], reason: `a symptom: explained by ${root.id}` };
  return { text: finding.title, status: 'open', for: own, against: [], ...(root !== undefined && { reason: `not explained by ${root.id}, and it explains nothing of it` }) };
}
