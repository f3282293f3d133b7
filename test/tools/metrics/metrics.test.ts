import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quantile, since } from '../../../src/tools/metrics/histogram.ts';
import { metricsScrape } from '../../../src/tools/metrics/metrics-scrape.ts';
import { metricsText } from '../../../src/tools/metrics/metrics-text.ts';
import { parseMetrics } from '../../../src/tools/metrics/parse-metrics.ts';
import type { ToolResult } from '../../../src/tools/tool.ts';

let server: Server;
let base: string;
let scrapes = 0;
const registry = new Registry();
const requests = new Counter({ name: 'http_requests_total', help: 'x', labelNames: ['status'], registers: [registry] });
const pool = new Gauge({ name: 'pool_in_use', help: 'x', registers: [registry] });
const took = new Histogram({ name: 'http_seconds', help: 'x', labelNames: ['path'], buckets: [0.1, 0.5, 1], registers: [registry] });
const size = new Summary({ name: 'body_bytes', help: 'x', percentiles: [0.5, 0.99], registers: [registry] });

beforeAll(async () => {
  server = createServer((request, response) => void (async () => {
    scrapes += 1;
    if (request.url === '/metrics') {
      response.end(await registry.metrics());
      requests.inc({ status: '500' }, 20);
      for (let index = 0; index < 10; index += 1) took.observe({ path: '/pay' }, 0.75);
      pool.set(9);
    } else if (request.url === '/page') response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>');
    else if (request.url === '/huge') response.end(`# TYPE a counter\n${`a{x="${'1'.repeat(1_000)}"} 1\n`.repeat(10_000)}`);
    else response.writeHead(404).end();
  })()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  requests.inc({ status: '200' }, 1000);
  requests.inc({ status: '500' }, 3);
  pool.set(10);
  for (let index = 0; index < 100; index += 1) took.observe({ path: '/pay' }, 0.05);
  size.observe(12);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function run(input: Record<string, unknown>): Promise<ToolResult> {
  const tool = metricsScrape([{ name: 'shop', url: base, checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }]);
  return tool.run(tool.input.parse({ service: 'shop', ...input }), { signal: new AbortController().signal });
}

describe('metrics_scrape', () => {
  test('reads twice: rates of counters, what gauges were, quantiles of all time and of now', async () => {
    const { output, command } = await run({ seconds: 1 });
    expect(command).toBe(`curl -sS ${base}/metrics   # twice, 1 s apart`);
    expect(output).toMatch(/^http_requests_total \(counter, 2 series\)\n {2}\{status="500"\} 23, [\d.]+ per second\n {2}\{status="200"\} 1000, 0 per second\n/);
    expect(output).toContain('pool_in_use (gauge)\n  9 (was 10)');
    expect(output).toMatch(/http_seconds \(histogram\)\n {2}\{path="\/pay"\} count 110, mean 0\.1136, p50 0\.055, p90 0\.099, p99 0\.945; now [\d.]+ per second, p50 0\.75, p90 0\.95, p99 0\.995/);
    expect(output).toContain('body_bytes (summary)\n  count 1, mean 12, p50 12, p99 12; now 0 per second');
    expect(output).toMatch(/\(4 of 4 metrics, rates over [\d.]+ s\)$/);
  });

  test('once, by prefix and by label', async () => {
    const before = scrapes;
    expect((await run({ seconds: 0, prefix: 'http_req', label: 'STATUS="5' })).output).toMatch(/^http_requests_total \(counter\)\n {2}\{status="500"\} \d+\n\(1 of 4 metrics\)$/);
    expect(scrapes).toBe(before + 1);
    expect((await run({ seconds: 0, prefix: 'nothing' })).output).toBe('None of the 4 metrics begins with nothing. There are: http_requests_total, pool_in_use, http_seconds, body_bytes');
    expect((await run({ seconds: 0, label: 'nothing' })).output).toBe('No series of these 4 metrics has "nothing" in a label.');
  });

  test('says when there are none', async () => {
    expect(await run({ path: '/elsewhere' })).toMatchObject({ failed: true, output: expect.stringContaining('HTTP 404. They may be on another path') as string });
    expect(await run({ path: '/page' })).toMatchObject({ failed: true, output: expect.stringContaining('HTML page') as string });
    expect(await run({ path: '/../x' })).toMatchObject({ failed: true, output: expect.stringContaining('Refused') as string });
  });

  test('takes no more than 8 MB', async () => {
    expect((await run({ path: '/huge', seconds: 0 })).output).toMatch(/^a \(counter, \d+ series\)[^]*and \d+ series with less/);
  });
});

describe('the text format', () => {
  test('as it is written', () => {
    expect(parseMetrics(String.raw`# HELP a b
# TYPE a counter
a{path="/x",q="say \"hi\"\n\\",} 3 1395066363000
# TYPE rpc histogram
rpc_bucket{le="+Inf"} 4 # {trace_id="x"} 0.5
rpc_sum 1.5e-1
other -Inf
plain_total NaN
# EOF`)).toEqual({
      malformed: 0,
      families: [
        { name: 'a', type: 'counter', samples: [{ name: 'a', labels: [['path', '/x'], ['q', 'say "hi"\n\\']], value: 3 }] },
        { name: 'rpc', type: 'histogram', samples: [{ name: 'rpc_bucket', labels: [['le', '+Inf']], value: 4 }, { name: 'rpc_sum', labels: [], value: 0.15 }] },
        { name: 'other', type: 'unknown', samples: [{ name: 'other', labels: [], value: Number.NEGATIVE_INFINITY }] },
        { name: 'plain_total', type: 'counter', samples: [{ name: 'plain_total', labels: [], value: Number.NaN }] },
      ],
    });
  });

  test.each(['a', 'a{', 'a{b="c" 1', 'a{b=c} 1', '{} 1', '1 1', 'a b', 'a{b="c"}', '<html>', '\u0000', 'a 0x10', 'a 1_0'])('%j is malformed, and counted', (line) => {
    expect(parseMetrics(`${line}\nfine 1`)).toMatchObject({ malformed: 1, families: [{ name: 'fine' }] });
  });

  test('gives back what was written, whatever the labels hold', () => {
    const label = fc.tuple(fc.stringMatching(/^[a-z_]\w{0,5}$/), fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\r', '')));
    const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    fc.assert(fc.property(fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 4 }), fc.double({ noNaN: true }), (labels, value) => {
      const text = `m{${labels.map(([name, content]) => `${name}="${escape(content)}"`).join(',')}} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)}`;
      const sample = parseMetrics(text).families[0]?.samples[0];
      expect(sample?.labels).toEqual([...labels].sort(([left], [right]) => (left < right ? -1 : 1)));
      expect(sample?.value === value).toBe(true);
    }), { numRuns: 80 });
  });

  test('no text throws, and long lines take linear time', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', '{', '}', '"', '\\', '=', ',', ' ', '1', '\n', '#', ' TYPE ', 'le', '+Inf', '_bucket', 'counter'), { maxLength: 40 }).map((parts) => parts.join('')), (text) => {
      metricsText({ first: parseMetrics(text), second: parseMetrics(text), seconds: 1 });
    }), { numRuns: 200 });
    const before = process.cpuUsage();
    for (const evil of ['a{b="\\', 'a{', 'a{b="c",', ' ', 'a{b="']) parseMetrics(evil.repeat(50_000));
    expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
  });
});

describe('histograms', () => {
  const buckets = [{ upTo: Number.POSITIVE_INFINITY, count: 100 }, { upTo: 1, count: 90 }, { upTo: 0.1, count: 50 }];

  test.each([[0.5, { value: 0.1, above: false }], [0.25, { value: 0.05, above: false }], [0.7, { value: 0.55, above: false }], [0.99, { value: 1, above: true }]])('p%s', (share, expected) => {
    expect(quantile(share, buckets)?.value).toBeCloseTo(expected.value);
    expect(quantile(share, buckets)?.above).toBe(expected.above);
  });

  test('without observations, or without a last bucket, have none', () => {
    expect(quantile(0.5, [])).toBeUndefined();
    expect(quantile(0.5, [{ upTo: 1, count: 3 }])).toBeUndefined();
    expect(quantile(0.5, [{ upTo: Number.POSITIVE_INFINITY, count: 0 }])).toBeUndefined();
  });

  test('between two readings; after a restart, all of the second', () => {
    expect(since([{ upTo: 1, count: 3 }], [{ upTo: 1, count: 5 }, { upTo: 2, count: 6 }])).toEqual([{ upTo: 1, count: 2 }, { upTo: 2, count: 6 }]);
    expect(since([{ upTo: 1, count: 30 }], [{ upTo: 1, count: 5 }])).toEqual([{ upTo: 1, count: 5 }]);
    expect(metricsText({ first: parseMetrics('a_total 30'), second: parseMetrics('a_total 5'), seconds: 5 })).toContain('a_total (counter)\n  5, 1 per second (it began anew: a restart)');
  });

  test('a quantile lies between the bounds of its bucket, and grows with its share', () => {
    fc.assert(fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 6 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (counts, one, other) => {
      let total = 0;
      const all = counts.map((count, index) => ({ upTo: index === counts.length - 1 ? Number.POSITIVE_INFINITY : index + 1, count: (total += count) }));
      const [low, high] = [quantile(Math.min(one, other), all), quantile(Math.max(one, other), all)];
      expect(low === undefined).toBe(total === 0);
      const [lower, higher] = [low?.value ?? 0, high?.value ?? 0];
      expect(lower).toBeLessThanOrEqual(higher);
      expect(higher).toBeLessThanOrEqual(counts.length - 1);
    }));
  });
});
