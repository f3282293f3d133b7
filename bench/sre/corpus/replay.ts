/**
 * Lets the rules, as they are now, conclude from saved looks: `node --import tsx bench/sre/corpus/replay.ts DIR [ID ...]`.
 * A line each; the diagnosis is scored as the bench scores it. What a change would have done, only a world can tell.
 * With -v: all findings.
 */
import type { Ask } from '../../../playground/scenarios/scenario.ts';
import type { Conclusion, Investigation } from '../../../src/agents/agents.ts';
import { createRulesOrchestrator } from '../../../src/agents/rules/orchestrator.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { contains } from '../../../src/incident/admit.ts';
import type { Evidence, Finding } from '../../../src/incident/types.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { Readings } from '../../../src/rules/readings.ts';
import type { Answer } from '../contestants/contestant.ts';
import { scoreDiagnosis } from '../judge/diagnosis.ts';
import { savedLooks } from './saved-look.ts';
import type { SavedLook } from './saved-look.ts';

const words = process.argv.slice(2);
const [directory = '', ...ids] = words.filter((word) => word !== '-v');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let right = 0;
let all = 0;
for (const saved of savedLooks(directory).filter(({ scenario }) => ids.length === 0 || ids.includes(scenario))) {
  const { diagnosis, drafts, findings } = await conclude(saved);
  const root = diagnosis.rootCause;
  const answer: Answer = { root: root && { resource: root.resource, mechanism: root.mechanism, title: root.title }, chain: diagnosis.chain, summary: diagnosis.summary };
  const score = scoreDiagnosis(answer, saved.truth);
  const changes = drafts.map(({ action, title }) => `${action.kind} (${title})`).join('; ');
  const harmless = saved.truth.outcome === 'repair' || drafts.length === 0;
  all += 1;
  right += score.right && harmless ? 1 : 0;
  say(`${score.right && harmless ? 'ok   ' : 'WRONG'} ${saved.scenario} ${saved.seed} [${saved.truth.outcome}] says ${root === null ? 'nothing' : `${root.resource} ${root.mechanism}`}${changes === '' ? '' : ` -> ${changes}`}`);
  if (!score.right) say(`      truth: ${saved.truth.root.join(', ')} ${saved.truth.mechanisms.join(', ')} | ${diagnosis.summary.slice(0, 300)}`);
  if (words.includes('-v')) for (const one of findings) say(`      ${one.id} ${one.severity} ${one.source} ${one.resource} ${one.mechanism}${one.blames === undefined ? '' : ` <- ${one.blames}`}${one.supported ? '' : ' UNSUPPORTED'}: ${one.title}`);
}
say(`${right} of ${all} right`);

async function conclude({ ask, configuration, environment, looks }: SavedLook): Promise<Conclusion & { findings: Finding[] }> {
  const { targets } = parseConfiguration(configuration, 'sre-agent.yaml', environment);
  const first = looks[0];
  if (first === undefined) throw new Error('A saved look without readings.');
  const second = looks[1] ?? first;
  const evidence = new Map(looks.flatMap(evidenceIn).map((one) => [one.id, one]));
  const findings: Finding[] = [];
  const admit: Investigation['admit'] = async (specialist, source, body) => {
    const finding = { ...body, id: `F${findings.length + 1}`, specialist, source, supported: body.quotes.length > 0 && body.quotes.every((quote) => contains(evidence.get(quote.evidence)?.text ?? '', quote.quote)) };
    findings.push(finding);
    return finding;
  };
  for (const { rule, specialist, finding } of detectAll(first, targets)) await admit(specialist, rule, finding);
  const investigation = {
    targets, alerts: [alertOf(ask)], rules: { readings: first, findings: [...findings], unread: [], seconds: 1 },
    admit, append: async () => undefined, checkpoint: async () => undefined, signal: new AbortController().signal,
  } as unknown as Investigation;
  const concluded = await createRulesOrchestrator({ collect: async () => second, wait: async () => undefined }).run(investigation);
  return { ...concluded, findings };
}

function alertOf(ask: Ask): Investigation['alerts'][number] {
  const at = new Date().toISOString();
  if (ask.by === 'person') return { title: ask.text, description: '', at };
  if (ask.by === 'pagerduty') return { title: ask.title, description: '', service: ask.service, at };
  return { title: ask.summary, description: ask.description, ...(ask.labels?.['service'] === undefined ? {} : { service: ask.labels['service'] }), at };
}

function evidenceIn(readings: Readings): Evidence[] {
  const found: Evidence[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('id' in value && 'command' in value && 'text' in value) found.push(value as Evidence);
    else Object.values(value).forEach(walk);
  };
  walk(readings);
  return found;
}
