/** The diagnosis: the cause first, then how it leads to the symptom, the evidence, what was ruled out and what was not seen. */
import { wordsOfKey } from '../../incident/finding-words.ts';
import { findingKey } from '../../incident/types.ts';
import type { Finding } from '../../incident/types.ts';
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { blocksOf, bold, firstOf, labelled, plain, prose, richText } from './elements.ts';
import type { Part } from './fit.ts';
import { findingBlock } from './report.ts';
import { oneLine } from './text.ts';
import { percent } from './words.ts';

type Stated = IncidentView['diagnoses'][number];

/** `number` counts an incident's diagnoses from 1. */
export function diagnosisCard(view: IncidentView, stated: Stated, number: number): CardBody {
  const cause = stated.diagnosis.rootCause;
  const text = cause ? `${view.id} diagnosis: ${cause.title}` : `${view.id} diagnosis: no cause found`;
  return cardOf(diagnosisParts(view, stated, 'card'), text, { incident: view.id, key: `diagnosis:${number}` });
}

export function diagnosisParts(view: IncidentView, { diagnosis }: Stated, size: 'card' | 'full'): Part[] {
  const { rootCause } = diagnosis;
  const full = size === 'full';
  const findings = rootCause ? rootCause.findings.flatMap((id) => find(view, id) ?? []) : [];
  return [
    {
      drop: 0,
      blocks: blocksOf(
        richText({
          type: 'rich_text_section',
          elements: rootCause
            ? [mark, bold(` Cause: ${oneLine(rootCause.title, 300)}`), plain(`\n${oneLine(full ? `${rootCause.resource} · ${rootCause.mechanism}` : wordsOfKey(findingKey(rootCause)), 230)} · ${percent(rootCause.confidence)} sure`)]
            : [mark, bold(' No cause found'), plain('\nWhat was seen does not single out one cause.')],
        }),
        prose(diagnosis.summary, full ? 2900 : 1500),
      ),
    },
    { drop: 1, blocks: blocksOf(labelled('From cause to symptom', diagnosis.chain, full ? 800 : 250, full ? 30 : 8, 'ordered')) },
    ...firstOf(findings, full ? 20 : 3).shown.map((finding, index): Part => ({ drop: 10 + index, blocks: [findingBlock(finding, size)] })),
    { drop: 7, blocks: blocksOf(labelled('Ruled out', diagnosis.ruledOut, full ? 800 : 200, full ? 30 : 6)) },
    ...(diagnosis.doubts === undefined ? [] : [{ drop: 2, blocks: blocksOf(labelled('Unsupported, so no change rests on it', diagnosis.doubts, full ? 800 : 250, full ? 30 : 4)) }]),
    { drop: 5, blocks: blocksOf(labelled('Could not be seen', diagnosis.unseen, full ? 800 : 200, full ? 30 : 6)) },
    { drop: 6, blocks: blocksOf(labelled('Not asked', (diagnosis.notAsked ?? []).map(({ specialist, reason }) => `${specialist}: ${reason}`), full ? 400 : 150, 6)) },
  ];
}

const mark = { type: 'emoji' as const, name: 'bulb' };

function find(view: IncidentView, id: string): Finding | undefined {
  for (const { report } of view.reports) {
    const found = report.findings.find((finding) => finding.id === id);
    if (found) return found;
  }
  return view.firstFindings.find((finding) => finding.id === id);
}
