import { svg } from '../dom.ts';

const width = 120;
const height = 34;
const points = 60;
/** Below this a service is fast; the scale does not stretch its noise to the top. */
const calmMilliseconds = 80;

/** The p95 of the last minute. Seconds without traffic are gaps. */
export function sparkline(history: (number | null)[]): SVGElement {
  const recent = history.slice(-points);
  const top = Math.max(calmMilliseconds, ...recent.map((value) => value ?? 0)) * 1.08;
  const offset = points - recent.length;
  const runs: string[][] = [];
  let run: string[] | null = null;
  recent.forEach((value, index) => {
    if (value === null) {
      run = null;
      return;
    }
    if (run === null) {
      run = [];
      runs.push(run);
    }
    run.push(`${(((index + offset) / (points - 1)) * width).toFixed(1)} ${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`);
  });
  return svg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', class: 'sparkline', role: 'img', 'aria-label': 'p95 over the last minute' },
    ...runs.filter((each) => each.length > 1).flatMap((each) => [svg('path', { class: 'spark-area', d: area(each) }), svg('path', { class: 'spark-line', d: `M${each.join('L')}` })]),
  );
}

function area(run: string[]): string {
  const left = run[0]?.split(' ')[0] ?? '0';
  const right = run.at(-1)?.split(' ')[0] ?? '0';
  return `M${left} ${height}L${run.join('L')}L${right} ${height}Z`;
}
