/** Answers a follow-up without a model: looks the question's words up in the incident's events and evidence, and cites them. */
import type { IncidentEvent } from '../../incident/events.ts';
import type { Evidence, Finding } from '../../incident/types.ts';
import type { Answerer } from '../agents.ts';
import { changeStates } from './answer-changes.ts';
import { checkedText } from './answer-checks.ts';
import { bestMatches, wordsOf } from './matching.ts';

export function createRulesAnswerer(): Answerer {
  return {
    answer: (question, { incident, events, evidence }) => {
      const material: Material = { title: incident.title, question: question.slice(0, 2_000), events, evidence, findings: findingsOf(events) };
      for (const attempt of attempts) {
        const answer = attempt(material);
        if (answer !== undefined) return Promise.resolve(limit(answer, evidence));
      }
      return Promise.resolve({ text: nothingFound(material), evidence: [] });
    },
  };
}

interface Material {
  title: string;
  question: string;
  events: IncidentEvent[];
  evidence: Evidence[];
  findings: Finding[];
}

interface Answer {
  text: string;
  evidence: string[];
}

const longestAnswer = 2_500;
const longestExcerpt = 1_500;

/** The first that has something to say answers. */
const attempts: ((material: Material) => Answer | undefined)[] = [showEvidence, showFinding, aboutChanges, aboutCause, aboutChecks, aboutRuledOut, byWords];

function showEvidence({ question, evidence }: Material): Answer | undefined {
  const ids = idsIn(question, 'E');
  const found = ids.flatMap((id) => evidence.filter((one) => one.id === id)).slice(0, 3);
  if (ids.length === 0) return undefined;
  if (found.length === 0) return { text: `There is no evidence ${ids.join(', ')} in this incident. It has ${rangeOf(evidence)}.`, evidence: [] };
  return { text: found.map((one) => `${one.id}, ${one.at}${one.failed ? ', failed' : ''}:\n${one.command}\n\`\`\`\n${excerpt(one.text, longestExcerpt / found.length)}\n\`\`\``).join('\n'), evidence: found.map((one) => one.id) };
}

function showFinding({ question, findings }: Material): Answer | undefined {
  const found = idsIn(question, 'F').flatMap((id) => findings.filter((one) => one.id === id)).slice(0, 3);
  return found.length === 0 ? undefined : { text: found.map(findingText).join('\n'), evidence: cited(found) };
}

function aboutChanges({ question, events, findings }: Material): Answer | undefined {
  const asks = /\b(?:fix(?:ed|es)?|solved|resolved|better|work(?:ed|s)?|approv\w*|reject\w*|decid\w*|who|undo\w*|undone|roll(?:ed)? ?back|change[ds]?|state|status|running|happened|verif\w*|applied|execut\w*|C\d+)\b/i.test(question);
  if (!asks) return undefined;
  const states = changeStates(events, idsIn(question, 'C'));
  if (states.length > 0) return { text: states.map((state) => state.text).join('\n'), evidence: cited(findings.filter((finding) => states.some((state) => state.findings.includes(finding.id)))) };
  if (!/\b(?:fix|solved|resolved|approv|reject|undo|roll|change|verif|applied|execut)/i.test(question)) return undefined;
  const resolved = events.some((event) => event.type === 'incident.resolved');
  return { text: resolved ? 'The incident is resolved. No change was made through it.' : 'No change has been proposed or made in this incident, and nothing says that it is over.', evidence: [] };
}

function aboutCause({ question, events, findings }: Material): Answer | undefined {
  if (!/\b(?:why|cause[ds]?|reason|root|diagnos\w*|wrong|explain|what happened|how come|problem)\b/i.test(question)) return undefined;
  const { matches } = bestMatches(question, findings, (finding) => `${finding.resource} ${finding.mechanism} ${finding.title}`, new Set(['cause', 'reason', 'root', 'wrong', 'problem', 'explain']));
  const diagnosis = events.flatMap((event) => (event.type === 'diagnosis.stated' ? [event.diagnosis] : [])).at(-1);
  if (diagnosis === undefined) return matches.length > 0 ? { text: `There is no diagnosis yet. What was found so far:\n${matches.slice(0, 3).map(findingText).join('\n')}`, evidence: cited(matches.slice(0, 3)) } : undefined;
  const own = matches.slice(0, 2).filter((finding) => !diagnosis.rootCause?.findings.includes(finding.id));
  const roots = findings.filter((finding) => diagnosis.rootCause?.findings.includes(finding.id));
  const chain = diagnosis.chain.length > 1 ? `\nFrom cause to symptom:\n${diagnosis.chain.join('\n')}` : '';
  const extra = own.length > 0 ? `\nAlso about what you ask:\n${own.map(findingText).join('\n')}` : '';
  return { text: `${diagnosis.summary}${chain}${extra}`, evidence: cited([...roots, ...own]) };
}

function aboutChecks({ question, events, evidence, findings }: Material): Answer | undefined {
  if (!/\b(?:what|which|did you|have you)\b.*\b(?:check\w*|look\w*|see|seen|read|tried?|investigat\w*|evidence|know)\b/i.test(question)) return undefined;
  if (evidence.length === 0) return { text: 'Nothing has been read in this incident yet.', evidence: [] };
  return checkedText(question, { events, evidence, findings });
}

function aboutRuledOut({ question, events }: Material): Answer | undefined {
  if (!/\b(?:rule[ds]? out|not the (?:cause|problem)|healthy|fine|unseen|not see|miss(?:ed|ing)? anything|gaps?)\b/i.test(question)) return undefined;
  const diagnosis = events.flatMap((event) => (event.type === 'diagnosis.stated' ? [event.diagnosis] : [])).at(-1);
  if (diagnosis === undefined) return undefined;
  const lines = [...diagnosis.ruledOut.map((line) => `Ruled out: ${line}`), ...diagnosis.unseen.map((line) => `Not seen: ${line}`)];
  return lines.length === 0 ? undefined : { text: lines.join('\n'), evidence: [] };
}

function byWords({ question, events, evidence, findings }: Material): Answer | undefined {
  const found = bestMatches(question, findings, (finding) => `${finding.specialist} ${finding.resource} ${finding.mechanism} ${finding.title} ${finding.explanation}`);
  const reports = events.flatMap((event) => (event.type === 'specialist.reported' ? [event.report] : []));
  const reported = bestMatches(question, reports, (report) => `${report.specialist} ${report.summary}`);
  const read = bestMatches(question, evidence, (one) => `${one.specialist} ${one.tool.replaceAll('_', ' ')} ${one.command} ${one.text}`);
  if (found.matches.length > 0 && found.score >= reported.score) return { text: found.matches.slice(0, 4).map(findingText).join('\n'), evidence: cited(found.matches.slice(0, 4)) };
  const report = reported.matches.at(-1);
  if (report !== undefined && reported.score >= read.score) return { text: `The ${report.specialist} specialist reported:\n${report.summary}`, evidence: report.evidence };
  const first = read.matches[0];
  if (first === undefined) return undefined;
  const words = wordsOf(question);
  const lines = first.text.split('\n').filter((line) => words.some((word) => line.toLowerCase().includes(word))).slice(0, 12);
  return { text: `${first.id} says (${excerpt(first.command, 160)}):\n\`\`\`\n${excerpt(lines.length > 0 ? lines.join('\n') : first.text, longestExcerpt)}\n\`\`\``, evidence: read.matches.slice(0, 3).map((one) => one.id) };
}

function nothingFound({ evidence, findings, events }: Material): string {
  const areas = [...new Set(evidence.map((one) => one.specialist))];
  const changes = changeStates(events, []).length;
  return [
    'I find nothing about that in this incident, and without a model I can only look words up.',
    `Ask for example "why", "what did you check", ${evidence[0] === undefined ? '' : `"show ${evidence[0].id}", `}${findings[0] === undefined ? '' : `"show ${findings[0].id}", `}${areas[0] === undefined ? '' : `"what about the ${areas[0]}", `}${changes > 0 ? '"is it fixed", "who approved"' : '"what was ruled out"'}.`,
  ].join(' ');
}

function findingsOf(events: readonly IncidentEvent[]): Finding[] {
  const all = events.flatMap((event) => ('findings' in event && Array.isArray(event.findings) ? (event.findings as Finding[]) : event.type === 'specialist.reported' ? event.report.findings : []));
  return [...new Map(all.filter((finding) => typeof finding === 'object' && finding !== null && 'mechanism' in finding).map((finding) => [finding.id, finding])).values()];
}

function findingText(finding: Finding): string {
  const ids = [...new Set(finding.quotes.map((quote) => quote.evidence))];
  return `${finding.id} (${finding.severity}${finding.supported ? '' : ', unsupported'}) ${finding.title}. ${finding.explanation}${ids.length > 0 ? ` [${ids.join(', ')}]` : ''}`;
}

function idsIn(question: string, letter: string): string[] {
  return [...question.matchAll(new RegExp(`\\b${letter}(\\d{1,5})\\b`, 'gi'))].map((match) => `${letter}${match[1]}`);
}

function cited(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap((finding) => finding.quotes.map((quote) => quote.evidence)))];
}

function rangeOf(evidence: readonly Evidence[]): string {
  return evidence.length === 0 ? 'none yet' : evidence.length === 1 ? `${evidence[0]?.id}` : `${evidence[0]?.id} to ${evidence.at(-1)?.id}`;
}

function excerpt(text: string, length: number): string {
  const whole = [...text];
  return whole.length <= length ? text : `${whole.slice(0, Math.max(0, Math.floor(length) - 3)).join('')}...`;
}

/** Only ids that exist are cited. */
function limit(answer: Answer, evidence: readonly Evidence[]): Answer {
  const known = new Set(evidence.map((one) => one.id));
  return { text: excerpt(answer.text, longestAnswer), evidence: [...new Set(answer.evidence)].filter((id) => known.has(id)) };
}
