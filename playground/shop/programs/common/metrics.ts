/** Counters, gauges and histograms in Prometheus' text format, without a dependency: the programs stay small. */
type Labels = Record<string, string>;

export interface Metrics {
  counter(name: string, help: string): (labels?: Labels, by?: number) => void;
  /** Read when somebody asks; undefined leaves it out. */
  gauge(name: string, help: string, read: () => number | undefined | { labels: Labels; value: number }[]): void;
  /** Seconds. */
  histogram(name: string, help: string): (labels: Labels, seconds: number) => void;
  text(): string;
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createMetrics(): Metrics {
  const families: (() => string[])[] = [];
  const declare = (name: string, help: string, type: string, lines: () => string[]): void => {
    families.push(() => {
      const samples = lines();
      return samples.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
    });
  };
  return {
    counter: (name, help) => {
      const values = new Map<string, number>();
      declare(name, help, 'counter', () => [...values].map(([labels, value]) => `${name}${labels} ${value}`));
      return (labels = {}, by = 1) => {
        const key = format(labels);
        values.set(key, (values.get(key) ?? 0) + by);
      };
    },
    gauge: (name, help, read) => declare(name, help, 'gauge', () => {
      const value = read();
      if (value === undefined) return [];
      return typeof value === 'number' ? [`${name} ${value}`] : value.map((sample) => `${name}${format(sample.labels)} ${sample.value}`);
    }),
    histogram: (name, help) => {
      const series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>();
      declare(name, help, 'histogram', () => [...series.values()].flatMap(({ labels, counts, sum, count }) => [
        ...buckets.map((bound, index) => `${name}_bucket${format({ ...labels, le: String(bound) })} ${counts[index] ?? 0}`),
        `${name}_bucket${format({ ...labels, le: '+Inf' })} ${count}`,
        `${name}_sum${format(labels)} ${Number(sum.toFixed(6))}`,
        `${name}_count${format(labels)} ${count}`,
      ]));
      return (labels, seconds) => {
        const key = format(labels);
        const one = series.get(key) ?? { labels, counts: buckets.map(() => 0), sum: 0, count: 0 };
        series.set(key, one);
        buckets.forEach((bound, index) => seconds <= bound && (one.counts[index] = (one.counts[index] ?? 0) + 1));
        one.sum += seconds;
        one.count += 1;
      };
    },
    text: () => `${families.flatMap((lines) => lines()).join('\n')}\n`,
  };
}

function format(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries.map(([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`).join(',')}}`;
}
