/** Results of queries as compact tables: the largest first, series with least, most and last and a few points over time. Pure. */
import { number } from '../metrics/metrics-text.ts';
import { parseValue } from '../metrics/parse-metrics.ts';
import { textTable } from '../readings/text-table.ts';
import { commonLabels, labelsText } from './result.ts';
import type { QueryData } from './result.ts';

const mostRows = 40;
const mostSeries = 25;
/** Of each series, spread over its time. */
const shownPoints = 12;

/** Undefined when there is nothing in it. */
export function resultText(data: Exclude<QueryData, { resultType: 'streams' }>): string | undefined {
  if (data.resultType === 'vector') return data.result.length === 0 ? undefined : vectorText(data.result);
  if (data.resultType === 'matrix') return data.result.length === 0 ? undefined : matrixText(data.result);
  return `${timeOf(data.result[0])}: ${data.result[1]}`;
}

function vectorText(rows: Extract<QueryData, { resultType: 'vector' }>['result']): string {
  const common = commonLabels(rows.map(({ metric }) => metric));
  const sorted = [...rows].sort((left, right) => size(right.value?.[1]) - size(left.value?.[1]));
  return [
    ...commonText(common),
    ...sorted.slice(0, mostRows).map(({ metric, value }) => `${labelsText(metric, common)} ${value === undefined ? '(a native histogram: ask for histogram_quantile)' : number(valueOf(value[1]))}`),
    note(rows.length, mostRows, rows[0]?.value?.[0]),
  ].join('\n');
}

function note(all: number, shown: number, at?: number): string {
  return `(${all} series${at === undefined ? '' : ` at ${timeOf(at)}`}${all > shown ? `; the ${shown} largest are shown, aggregate or use topk for others` : ''})`;
}

function matrixText(rows: Extract<QueryData, { resultType: 'matrix' }>['result']): string {
  const common = commonLabels(rows.map(({ metric }) => metric));
  const series = rows.map(({ metric, values = [] }) => ({ name: labelsText(metric, common), points: values.map(([at, text]) => ({ at, value: valueOf(text) })) }));
  const measured = series.map((one) => ({ ...one, finite: one.points.filter(({ value }) => Number.isFinite(value)) }));
  const sorted = measured.sort((left, right) => most(right.finite) - most(left.finite)).slice(0, mostSeries);
  const table = textTable(['SERIES', 'LEAST', 'AT', 'MOST', 'AT', 'MEAN', 'LAST', 'OVER TIME'], sorted.map(({ name, points, finite }) => {
    const least = finite.reduce<Point | undefined>((found, one) => (found === undefined || one.value < found.value ? one : found), undefined);
    const largest = finite.reduce<Point | undefined>((found, one) => (found === undefined || one.value > found.value ? one : found), undefined);
    return [name, shown(least?.value), clock(least?.at), shown(largest?.value), clock(largest?.at), shown(finite.length === 0 ? undefined : finite.reduce((sum, { value }) => sum + value, 0) / finite.length), shown(points.at(-1)?.value), spread(points)];
  }));
  const ends = series.flatMap(({ points }) => [points[0]?.at, points.at(-1)?.at]).filter((at) => at !== undefined);
  const from = ends.reduce((found, at) => Math.min(found, at), Number.POSITIVE_INFINITY);
  const to = ends.reduce((found, at) => Math.max(found, at), Number.NEGATIVE_INFINITY);
  return [...commonText(common), table, `(${rows.length} series${ends.length === 0 ? '' : `, ${timeOf(from)} to ${timeOf(to)}`}${rows.length > mostSeries ? `; the ${mostSeries} largest are shown, aggregate or use topk for others` : ''})`].join('\n');
}

interface Point {
  at: number;
  value: number;
}

function most(points: readonly Point[]): number {
  return points.reduce((found, { value }) => Math.max(found, value), Number.NEGATIVE_INFINITY);
}

/** The largest of each part: a peak is not lost. */
function spread(points: readonly Point[]): string {
  if (points.length <= shownPoints) return points.map(({ value }) => shown(value)).join(' ');
  return Array.from({ length: shownPoints }, (_, index) => {
    const part = points.slice(Math.floor((index * points.length) / shownPoints), Math.floor(((index + 1) * points.length) / shownPoints));
    return shown(part.reduce((found, { value }) => (Number.isNaN(found) || value > found ? value : found), Number.NaN));
  }).join(' ');
}

function commonText(common: Record<string, string>): string[] {
  return Object.keys(common).length === 0 ? [] : [`all: ${labelsText(common)}`];
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : number(value);
}

function size(text: string | undefined): number {
  const value = Math.abs(valueOf(text ?? ''));
  return Number.isNaN(value) ? -1 : value;
}

function valueOf(text: string): number {
  return parseValue(text) ?? Number.NaN;
}

function timeOf(seconds: number): string {
  return isTime(seconds) ? new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z') : String(seconds);
}

function clock(seconds: number | undefined): string {
  return seconds === undefined || !isTime(seconds) ? '-' : new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** What a Date takes. */
function isTime(seconds: number): boolean {
  return Math.abs(seconds) < 8.64e12;
}
