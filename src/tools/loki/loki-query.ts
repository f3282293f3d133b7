import { z } from 'zod';
import type { QueryTarget } from '../../config/targets.ts';
import type { SpecialistName } from '../../incident/types.ts';
import { defineTool } from '../define-tool.ts';
import { groupLines } from '../group-lines.ts';
import { quoteForPeople } from '../kubectl/quote.ts';
import { ask } from '../prometheus/ask.ts';
import { queryText } from '../prometheus/query-input.ts';
import { commonLabels, labelsText, namesAnswer, queryAnswer } from '../prometheus/result.ts';
import type { StreamsData } from '../prometheus/result.ts';
import { resultText } from '../prometheus/series-text.ts';
import { endTime, rangeMinutes, stepSeconds, timeRange } from '../prometheus/time-range.ts';
import type { Tool, ToolResult } from '../tool.ts';

const longestLine = 4_000;

/** `specialists` are those with something else to look at, too. */
export function lokiQuery(target: QueryTarget, specialists: readonly SpecialistName[], now: () => Date = () => new Date()): Tool {
  return defineTool({
    name: 'loki_query',
    description: 'Runs a LogQL query on the configured Loki: log lines of the last minutes, {app="checkout"} |= "error", lines that are alike shown once with their count; or a metric query as a table, sum by (app) (count_over_time({namespace="shop"} |= "error" [5m])). direction forward shows what came first. {} alone is refused by Loki: an empty answer names the labels that there are.',
    specialists,
    input: z.strictObject({
      query: queryText.describe('LogQL'),
      minutes: rangeMinutes.default(60).describe('How many minutes before `until`'),
      until: endTime.optional(),
      limit: z.number().int().min(1).max(2_000).default(500).describe('Most lines to read'),
      direction: z.enum(['backward', 'forward']).default('backward').describe('Which lines when there are more than the limit: the newest (backward) or the oldest (forward)'),
    }),
    async run({ query, minutes, until, limit, direction }, { signal }): Promise<ToolResult> {
      const { from, to } = timeRange(minutes, until, now());
      const parameters = { query, start: `${from}000000000`, end: `${to}000000000`, limit: String(limit), direction, step: `${stepSeconds(minutes)}s` };
      const command = `logcli --addr=${target.url}${target.tenant === undefined ? '' : ` --org-id=${target.tenant}`} query ${quoteForPeople(query)} --from=${isoSeconds(from)} --to=${isoSeconds(to)} --limit=${limit}${direction === 'forward' ? ' --forward' : ''}`;
      const answer = await ask(target, '/loki/api/v1/query_range', parameters, { signal });
      if ('failure' in answer) return { command, output: `The query failed: ${answer.failure}.${await labelNames(signal)}`, failed: true };
      const parsed = queryAnswer.safeParse(answer.json);
      if (!parsed.success) return { command, output: 'The answer is not what Loki answers to a query: is that the address of a Loki?', failed: true };
      const { data } = parsed.data;
      const text = data.resultType === 'streams' ? linesText(data, limit) : resultText(data);
      return { command, output: text ?? `Nothing matches in that time.${await labelNames(signal)}` };
    },
  });

  async function labelNames(signal: AbortSignal): Promise<string> {
    if (signal.aborted) return '';
    const answer = await ask(target, '/loki/api/v1/labels', {}, { signal, timeoutMilliseconds: 5_000, maxBytes: 256 * 1024 });
    const names = 'failure' in answer ? [] : (namesAnswer.safeParse(answer.json).data?.data ?? []);
    return names.length === 0 ? '' : ` Labels there are: ${names.slice(0, 60).join(', ')}.`;
  }
}

/** Oldest first, whichever way they were asked for. Undefined without lines. */
function linesText({ result }: StreamsData, limit: number): string | undefined {
  const common = commonLabels(result.map(({ stream }) => stream));
  const lines = result.flatMap(({ stream, values }) => values.map(([at, line]) => ({ at: at.padStart(20, '0'), labels: result.length === 1 ? '' : `${labelsText(stream, common)} `, line: line.trimEnd().slice(0, longestLine) })));
  if (lines.length === 0) return undefined;
  lines.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
  const all = result.length === 1 ? labelsText(result[0]?.stream ?? {}) : Object.keys(common).length === 0 ? undefined : labelsText(common);
  return [
    ...(all === undefined ? [] : [`all: ${all}`]),
    groupLines(lines.map(({ at, labels, line }) => `${isoNanoseconds(at)} ${labels}${line}`).join('\n')),
    `(${lines.length} lines${lines.length >= limit ? ', as many as were asked for: there may be more' : ''})`,
  ].join('\n');
}

/** To the millisecond. */
function isoNanoseconds(text: string): string {
  const milliseconds = Number(text.slice(0, -6));
  return milliseconds < 8.64e15 ? new Date(milliseconds).toISOString() : text;
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
