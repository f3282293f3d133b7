import { z } from 'zod';
import type { QueryTarget } from '../../config/targets.ts';
import type { SpecialistName } from '../../incident/types.ts';
import { defineTool } from '../define-tool.ts';
import { quoteForPeople } from '../kubectl/quote.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { ask } from './ask.ts';
import { queryText } from './query-input.ts';
import { namesAnswer, queryAnswer } from './result.ts';
import { resultText } from './series-text.ts';
import { endTime, rangeMinutes, stepSeconds, timeRange } from './time-range.ts';

/** `specialists` are those with something else to look at, too. */
export function prometheusQuery(target: QueryTarget, specialists: readonly SpecialistName[], now: () => Date = () => new Date()): Tool {
  return defineTool({
    name: 'prometheus_query',
    description: 'Runs a PromQL query on the configured Prometheus: its value now, or with `minutes` its course (least, most, mean, last, points over time; the largest series first). Look before and after the fault began. Aggregate (sum by, topk, histogram_quantile) instead of reading hundreds of series. Which metrics there are: count by (__name__) ({__name__=~"part.*"}).',
    specialists,
    input: z.strictObject({
      query: queryText.describe('PromQL'),
      minutes: rangeMinutes.optional().describe('Look at this many minutes instead of one moment'),
      until: endTime.optional(),
    }),
    async run({ query, minutes, until }, { signal }): Promise<ToolResult> {
      const { from, to } = timeRange(minutes ?? 0, until, now());
      const parameters: Record<string, string> = minutes === undefined ? { query, time: String(to), timeout: '15s' } : { query, start: String(from), end: String(to), step: String(stepSeconds(minutes)), timeout: '15s' };
      const path = minutes === undefined ? '/api/v1/query' : '/api/v1/query_range';
      const command = `curl -sS -G ${target.url}${path} --data-urlencode ${quoteForPeople(`query=${query}`)}${Object.entries(parameters).filter(([name]) => name !== 'query' && name !== 'timeout').map(([name, value]) => ` -d ${name}=${value}`).join('')}`;
      const answer = await ask(target, path, parameters, { signal });
      if ('failure' in answer) return { command, output: `The query failed: ${answer.failure}.`, failed: true };
      const parsed = queryAnswer.safeParse(answer.json);
      if (!parsed.success || parsed.data.data.resultType === 'streams') return { command, output: 'The answer is not what Prometheus answers to a query: is that the address of a Prometheus?', failed: true };
      const notes = [...(parsed.data.warnings ?? []), ...(parsed.data.infos ?? [])].slice(0, 5).map((note) => `(${note.slice(0, 300)})`);
      const text = resultText(parsed.data.data) ?? `No series: nothing of that name and with these labels had a value ${minutes === undefined ? 'then' : 'in that time'}.${await likelyNames(query, signal)}`;
      return { command, output: [text, ...notes].join('\n') };
    },
  });

  /** A wrong name is the usual reason for an empty answer. */
  async function likelyNames(query: string, signal: AbortSignal): Promise<string> {
    const words = wordsOf(query);
    if (words.length === 0) return '';
    const answer = await ask(target, '/api/v1/label/__name__/values', {}, { signal, timeoutMilliseconds: 5_000 });
    const names = 'failure' in answer ? [] : (namesAnswer.safeParse(answer.json).data?.data ?? []);
    const ranked = names.map((name) => ({ name, score: words.filter((word) => name.includes(word)).length })).filter(({ score }) => score > 0).sort((left, right) => right.score - left.score);
    return ranked.length === 0 ? '' : ` Metrics with a like name: ${ranked.slice(0, 30).map(({ name }) => name).join(', ')}${ranked.length > 30 ? ', ...' : ''}.`;
  }
}

/** Parts of the metrics' names in a query; labels and functions do no harm. */
function wordsOf(query: string): string[] {
  const plain = query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ' ').replaceAll(/\[[^\]]*\]/g, ' ');
  return [...new Set((plain.match(/[a-zA-Z_:][\w:]*/g) ?? []).filter((name) => name.includes('_') || name.includes(':')).flatMap((name) => name.toLowerCase().split(/[_:]/)).filter((word) => word.length > 3 && !common.has(word)))];
}

const common = new Set(['total', 'count', 'bucket', 'over', 'time', 'quantile', 'histogram', 'seconds', 'bytes', 'left', 'right', 'group']);
