/** Bars as SVG: readable on a light page and on a dark one, without fonts or scripts of their own. */

export interface Bar {
  label: string;
  /** 0 to 1; one for each series. */
  values: number[];
  /** Interval of the first series. */
  low?: number;
  high?: number;
  /** What stands behind the bars, e.g. `41 of 52`. */
  note: string;
}

const colours = ['#2f81f7', '#8250df', '#2da44e'];
const ink = '#7d8590';
const width = 760;
const left = 170;
const right = 130;
const barHeight = 12;
const gap = 14;

/** Horizontal bars of shares, a group for each label. */
export function shareChart(title: string, series: readonly string[], bars: readonly Bar[]): string {
  const group = series.length * (barHeight + 2) + gap;
  const top = 56;
  const height = top + bars.length * group + 28;
  const scale = width - left - right;
  const x = (share: number): number => round(left + share * scale);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => `<line x1="${x(share)}" y1="${top - 8}" x2="${x(share)}" y2="${height - 22}" stroke="${ink}" stroke-opacity="0.25"/><text x="${x(share)}" y="${height - 8}" text-anchor="middle">${Math.round(share * 100)} %</text>`);
  const legend = series.map((name, index) => `<rect x="${left + index * 170}" y="32" width="10" height="10" rx="2" fill="${colours[index % colours.length]}"/><text x="${left + 15 + index * 170}" y="41">${escape(name)}</text>`);
  const rows = bars.map((bar, row) => {
    const y = top + row * group;
    const drawn = bar.values.map((value, index) => `<rect x="${left}" y="${y + index * (barHeight + 2)}" width="${Math.max(1, round(value * scale))}" height="${barHeight}" rx="2" fill="${colours[index % colours.length]}"/>`);
    const interval = bar.low === undefined || bar.high === undefined ? '' : `<line x1="${x(bar.low)}" y1="${y + barHeight / 2}" x2="${x(bar.high)}" y2="${y + barHeight / 2}" stroke="${ink}" stroke-width="2"/>`;
    return `<text x="${left - 8}" y="${y + barHeight - 1}" text-anchor="end">${escape(bar.label)}</text>${drawn.join('')}${interval}<text x="${width - right + 10}" y="${y + barHeight - 1}">${escape(bar.note)}</text>`;
  });
  return svg(height, title, [...legend, ...grid, ...rows]);
}

/** One dot for each run, on a logarithmic axis of seconds. */
export function dotChart(title: string, rows: readonly { label: string; seconds: number[] }[]): string {
  const top = 40;
  const group = 34;
  const height = top + rows.length * group + 28;
  const ticks = [1, 3, 10, 30, 100, 300, 1000, 3000];
  const values = rows.flatMap((row) => row.seconds);
  const last = ticks.find((tick) => tick >= Math.max(1, ...values)) ?? 3000;
  const shown = ticks.filter((tick) => tick <= last);
  const scale = width - left - 40;
  const x = (seconds: number): number => round(left + (Math.log(Math.max(1, seconds)) / Math.log(last)) * scale);
  const grid = shown.map((tick) => `<line x1="${x(tick)}" y1="${top - 8}" x2="${x(tick)}" y2="${height - 22}" stroke="${ink}" stroke-opacity="0.25"/><text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${tick} s</text>`);
  const drawn = rows.map((row, index) => {
    const y = top + index * group + 10;
    const dots = row.seconds.map((seconds, nth) => `<circle cx="${x(seconds)}" cy="${y + ((nth % 5) - 2) * 3}" r="3" fill="${colours[0]}" fill-opacity="0.55"/>`);
    return `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${escape(row.label)}</text>${dots.join('')}`;
  });
  return svg(height, title, [...grid, ...drawn]);
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="12" fill="${ink}">
<text x="${left}" y="18" font-size="14" font-weight="600">${escape(title)}</text>
${parts.join('\n')}
</svg>
`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
