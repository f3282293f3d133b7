import { z } from 'zod';
import type { ServiceTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool } from '../tool.ts';
import { RequestRefusedError } from './allowed-url.ts';
import { follow } from './follow.ts';
import type { Hop } from './follow.ts';
import { probeText } from './probe-text.ts';
import { servicePath, urlBelow } from './service-url.ts';

const timeoutMilliseconds = 5_000;
const pauseMilliseconds = 100;
/** For all samples together. */
const patienceMilliseconds = 40_000;
const mostSamples = 30;
const mostRedirects = 5;

export interface ProbeLimits {
  timeoutMilliseconds?: number;
  patienceMilliseconds?: number;
}

export function httpProbe(services: readonly ServiceTarget[], limits: ProbeLimits = {}): Tool {
  const patience = limits.patienceMilliseconds ?? patienceMilliseconds;
  const timeout = limits.timeoutMilliseconds ?? timeoutMilliseconds;
  return defineTool({
    name: 'http_probe',
    description: `Requests a path of a configured service (GET or HEAD, no credentials), up to ${mostSamples} times one after another on new connections: status, where the time went (dns, connect, tls, first byte, body), percentiles, error rate, telling headers, redirects, the beginning of the body. Ten samples or more show a fault that comes and goes. Only for paths that read and change nothing.`,
    specialists: ['service', 'network'],
    input: z.strictObject({
      service: oneOf(services.map(({ name }) => name)).describe('Name of the configured service'),
      path: servicePath.describe('Path and query on the service, for example /health or /orders?limit=1'),
      method: z.enum(['GET', 'HEAD']).default('GET'),
      samples: z.number().int().min(1).max(mostSamples).default(1).describe('How many requests, one after another'),
      follow: z.boolean().default(false).describe('Follow redirects, hop by hop, as long as they stay on configured services'),
    }),
    async run({ service, path, method, samples, follow: following }, { signal }) {
      const target = services.find(({ name }) => name === service);
      const url = target === undefined ? undefined : urlBelow(target.url, path);
      const command = `curl -sS ${method === 'HEAD' ? '-I' : '-i'}${following ? ' -L' : ''} -m ${timeout / 1000} ${url?.href ?? path}${samples > 1 ? `   # ${samples} times` : ''}`;
      if (url === undefined) return { command, output: `Refused: ${path} leaves the address of ${service}; give a path below it, without dot segments.`, failed: true };
      try {
        const taken: Hop[][] = [];
        const started = performance.now();
        while (taken.length < samples && !signal.aborted && performance.now() - started < patience) {
          if (taken.length > 0) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
          const hops = await follow(url, { method, timeoutMilliseconds: timeout, signal, services, mostRedirects: following ? mostRedirects : 0 });
          // What was stopped by us says nothing about the service.
          if (hops.at(-1)?.result.error?.code !== 'ABORTED') taken.push(hops);
        }
        const note = taken.length === 0 || taken.length === samples ? undefined : `(stopped after ${taken.length} of ${samples} requests: ${signal.aborted ? 'the time was up' : `they took over ${Math.round(patience / 1000)} s together`})`;
        return { command, output: probeText(taken, note), failed: taken.every((hops) => hops.at(-1)?.result.status === undefined) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        throw error;
      }
    },
  });
}
