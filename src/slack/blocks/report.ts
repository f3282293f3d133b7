/** One specialist's report: summary first, then what it found with the evidence, then what it could not see. */
import type { RichTextBlock } from '@slack/types';
import type { Finding, Report } from '../../incident/types.ts';
import type { IncidentView } from '../../incident/view.ts';
import { cardOf } from './card.ts';
import type { CardBody } from './card.ts';
import { blocksOf, bold, codeText, context, firstOf, labelled, plain, prose, richText, section } from './elements.ts';
import type { Part } from './fit.ts';
import { clean, escapeText, oneLine, reveal, truncate } from './text.ts';
import { durationWords, percent, severityMarks } from './words.ts';

const mostFindings = 3;
const rank = { critical: 0, warning: 1, info: 2 } as const;

export function reportCard(view: IncidentView, task: string, report: Report): CardBody {
  const line = report.findings.length === 0 ? 'nothing found' : `${report.findings.length} ${report.findings.length === 1 ? 'finding' : 'findings'}`;
  return cardOf(reportParts(report, 'card'), `${specialistName(report)} report for ${view.id}: ${line}`, { incident: view.id, key: reportKey(task), always: firstOf(report.findings, mostFindings).more > 0 });
}

/** The card's key; a task's id may come from a model. */
export function reportKey(task: string): string {
  return `report:${oneLine(task, 60)}`;
}

/** 'full' leaves nothing out that a modal can hold. */
export function reportParts(report: Report, size: 'card' | 'full'): Part[] {
  const findings = [...report.findings].sort((one, other) => rank[one.severity] - rank[other.severity] || other.confidence - one.confidence);
  const { shown, more } = firstOf(findings, size === 'card' ? mostFindings : findings.length);
  const outcome = report.outcome === 'complete' ? '' : report.outcome === 'partial' ? '  ·  :warning: partial' : '  ·  :warning: could not do its work';
  return [
    { drop: 0, blocks: [section(`:clipboard: *${specialistName(report)}*${outcome}`), prose(report.summary, size === 'card' ? 1500 : 2900)] },
    ...shown.map((finding, index): Part => ({ drop: 10 + index, blocks: [findingBlock(finding, size)] })),
    ...(more > 0 ? [{ drop: 100, blocks: [context(`${more} more ${findings.length - shown.length === 1 ? 'finding' : 'findings'}: Details`)] }] : []),
    { drop: 5, blocks: blocksOf(labelled('Could not be seen', report.gaps, size === 'card' ? 200 : 600, size === 'card' ? 5 : 30)) },
    { drop: 6, blocks: [context(evidenceLine(report))] },
  ];
}

export function findingBlock(finding: Finding, size: 'card' | 'full'): RichTextBlock {
  const limit = size === 'card' ? 300 : 1200;
  const quotes = finding.quotes.slice(0, size === 'card' ? 2 : 8);
  return richText(
    {
      type: 'rich_text_section',
      elements: [
        { type: 'emoji', name: severityMarks[finding.severity].replaceAll(':', '') },
        bold(` ${truncate(oneLine(finding.title, 200), 200)}`),
        plain(`  (${finding.severity}, ${percent(finding.confidence)} sure, ${oneLine(finding.id, 12)})${finding.supported ? '' : '  unsupported: a quote was not found in its evidence'}\n${truncate(clean(finding.explanation), limit)}`),
      ],
    },
    ...(quotes.length > 0 ? [{ type: 'rich_text_list' as const, style: 'bullet' as const, elements: quotes.map(({ evidence, quote }) => ({ type: 'rich_text_section' as const, elements: [plain(`${oneLine(evidence, 12)}: `), codeText(truncate(reveal(quote).replace(/\s+/g, ' '), 220) || '(empty)')] })) }] : []),
  );
}

function evidenceLine({ evidence, seconds }: Report): string {
  const { shown, more } = firstOf(evidence, 30);
  const ids = shown.map((id) => escapeText(oneLine(id, 12)));
  return `${evidence.length === 0 ? 'No evidence gathered' : `Evidence ${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`}  ·  ${durationWords(seconds)}`;
}

function specialistName({ specialist }: Report): string {
  return `${specialist.slice(0, 1).toUpperCase()}${specialist.slice(1)} specialist`;
}
