import { z } from 'zod';
import type { ServiceTarget } from '../../config/targets.ts';
import { findUnsafeText } from '../../redaction/unsafe-text.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError, hostOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';
import { servicePath, urlBelow } from '../http/service-url.ts';
import type { Tool } from '../tool.ts';
import { metricsText } from './metrics-text.ts';
import type { Exposition } from './parse-metrics.ts';
import { parseMetrics } from './parse-metrics.ts';

const timeoutMilliseconds = 8_000;
const maxBytes = 8 * 1024 * 1024;

export function metricsScrape(services: readonly ServiceTarget[]): Tool {
  return defineTool({
    name: 'metrics_scrape',
    description: 'Reads the metrics that a configured service exposes in the Prometheus text format (GET on its own address), twice a few seconds apart: counters with their rate, gauges, histograms as quantiles, over all time and between the two readings; the largest series first. Without a prefix: everything in short.',
    specialists: ['service', 'generic'],
    input: z.strictObject({
      service: oneOf(services.map(({ name }) => name)).describe('Name of the configured service'),
      path: servicePath.default('/metrics').describe('Path on the service'),
      prefix: z.string().max(200).regex(/^[a-zA-Z_:][\w:]*$/, 'must be the beginning of a metric\'s name').optional().describe('Only metrics whose name begins with this'),
      label: z.string().min(1).max(200).refine((text) => findUnsafeText(text) === undefined, 'must be plain text on one line').optional().describe('Only series that have this text in a label: status="5'),
      seconds: z.number().int().min(0).max(20).default(5).describe('Between the two readings; 0 for one reading without rates'),
    }),
    async run({ service, path, prefix, label, seconds }, { signal }) {
      const target = services.find(({ name }) => name === service);
      const url = target === undefined ? undefined : urlBelow(target.url, path);
      const command = `curl -sS ${url?.href ?? path}${prefix === undefined ? '' : ` | grep ^${prefix}`}${seconds === 0 ? '' : `   # twice, ${seconds} s apart`}`;
      if (url === undefined) return { command, output: `Refused: ${path} leaves the address of ${service}; give a path below it, without dot segments.`, failed: true };
      try {
        const first = await read(url, signal);
        if (typeof first === 'string') return { command, output: first, failed: true };
        const second = seconds === 0 ? undefined : await after(seconds, signal, () => read(url, signal));
        const view = { first: first.metrics, seconds: 0, prefix, label };
        if (second === undefined) return { command, output: metricsText(view) };
        if (typeof second === 'string') return { command, output: `${metricsText(view)}\n(no rates: the second reading failed: ${second})` };
        return { command, output: metricsText({ ...view, second: second.metrics, seconds: (second.at - first.at) / 1000 }) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        throw error;
      }
    },
  });
}

interface Reading {
  metrics: Exposition;
  at: number;
}

async function read(url: URL, signal: AbortSignal): Promise<Reading | string> {
  const at = performance.now();
  const { status, body, bodyTruncated, error, headers } = await probe(url.href, { timeoutMilliseconds, signal, allowedHosts: [hostOf(url)], maxBytes, headers: { accept: 'text/plain;version=0.0.4' } });
  if (status !== 200 || error !== undefined) return `No metrics: ${error === undefined ? `HTTP ${status}` : `${error.code}, ${error.message}`}. ${status === 404 ? 'They may be on another path, or this service exposes none.' : 'See whether the service answers at all.'}`;
  if (/^text\/html\b/.test(headers['content-type'] ?? '')) return 'It answered with an HTML page, no metrics. They may be on another path.';
  // The last line may be half of one.
  return { metrics: parseMetrics(bodyTruncated ? body.slice(0, body.lastIndexOf('\n') + 1) : body), at };
}

/** Undefined when stopped while waiting. */
async function after<T>(seconds: number, signal: AbortSignal, act: () => Promise<T>): Promise<T | undefined> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
  return signal.aborted ? undefined : act();
}
