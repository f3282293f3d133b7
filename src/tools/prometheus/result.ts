/** What the query APIs of Prometheus and Loki answer. */
import { z } from 'zod';

const labels = z.record(z.string(), z.string());
/** Seconds since 1970, and a number as text. */
const point = z.tuple([z.number(), z.string()]);

const vector = z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: point.optional() })) });
const matrix = z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: labels, values: z.array(point).optional() })) });
const scalar = z.object({ resultType: z.enum(['scalar', 'string']), result: point });
/** Nanoseconds since 1970 as text, the line, and labels of the line in newer versions. */
const streams = z.object({ resultType: z.literal('streams'), result: z.array(z.object({ stream: labels, values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })) });

export const queryAnswer = z.object({
  data: z.discriminatedUnion('resultType', [vector, matrix, scalar, streams]),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
});

export type QueryData = z.infer<typeof queryAnswer>['data'];
export type StreamsData = z.infer<typeof streams>;

/** Names of labels, or values of one. */
export const namesAnswer = z.object({ data: z.array(z.string()).optional() });

/** Labels that all have with the same value: they are said once. */
export function commonLabels(all: readonly Record<string, string>[]): Record<string, string> {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return {};
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => others.every((other) => Object.hasOwn(other, name) && other[name] === value)));
}

export function labelsText(own: Record<string, string>, common: Record<string, string> = {}): string {
  const shown = Object.entries(own).filter(([name]) => name !== '__name__' && !Object.hasOwn(common, name)).map(([name, value]) => `${name}=${JSON.stringify(value.slice(0, 120))}`);
  const name = Object.hasOwn(common, '__name__') ? '' : (own['__name__'] ?? '');
  return `${name}${shown.length === 0 && name !== '' ? '' : `{${shown.join(', ')}}`}`;
}
