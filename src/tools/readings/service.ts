/** Reads one service: its checks, sampled a few times, and what its supervisor says of its process. */
import type { ServiceTarget } from '../../config/targets.ts';
import type { CheckReading, HttpSample, Observed, ServiceReading, WorkloadStatus } from '../../rules/readings.ts';
import { median } from '../../rules/words.ts';
import { allowedHostsOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';
import { parseStatusDocument } from './workload-status.ts';
import type { ReaderContext } from './reader.ts';
import { unreadOf } from './reader.ts';
import { statusText } from './workload-text.ts';

/** Some requests overlap, and none pile up: each lane sends its next when its last was answered. */
const lanes = 3;
const samplesPerLane = 2;
const laneApartMilliseconds = 150;
const sampleTimeoutMilliseconds = 4_000;
const bodyCharacters = 600;

/** Never throws: what can't be read is in `unread`. */
export async function readService(target: ServiceTarget, context: ReaderContext): Promise<ServiceReading> {
  const reading: ServiceReading = {
    name: target.name, dependsOn: target.dependsOn, databases: target.databases, latencyBudgetMilliseconds: target.latencyBudgetMilliseconds, checks: [], unread: [],
  };
  const part = async (what: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      reading.unread.push(unreadOf(`${what} of ${target.name}`, error));
    }
  };
  const checks: (Observed<CheckReading> | undefined)[] = [];
  await Promise.all([
    ...target.checks.map((check, index) => part(`check ${check.name}`, async () => void (checks[index] = await readCheck(target, check, context)))),
    part('process status', async () => {
      if (target.status !== undefined) reading.workload = await readStatus(target, target.status, context);
    }),
  ]);
  reading.checks = checks.filter((check) => check !== undefined);
  return reading;
}

async function readCheck(target: ServiceTarget, check: ServiceTarget['checks'][number], { record, signal, targets }: ReaderContext): Promise<Observed<CheckReading>> {
  const url = urlOf(target.url, check.path);
  const allowedHosts = allowedHostsOf(targets);
  const sample = async (): Promise<HttpSample> => {
    const { status, milliseconds, body, error } = await probe(url, { timeoutMilliseconds: sampleTimeoutMilliseconds, allowedHosts, signal, maxBytes: 256 * 1024 });
    // A body that broke off is no answer, whatever its first line said.
    if (status === undefined || error !== undefined) return { milliseconds, error: error?.code ?? 'no answer' };
    return { status, milliseconds, ...(status >= 400 ? { body: body.slice(0, bodyCharacters) } : {}) };
  };
  const lane = async (index: number): Promise<HttpSample[]> => {
    await new Promise((resolve) => setTimeout(resolve, index * laneApartMilliseconds));
    const taken: HttpSample[] = [];
    while (taken.length < samplesPerLane) taken.push(await sample());
    return taken;
  };
  const samples = (await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))).flat();
  // What was stopped by us says nothing about the service.
  const answered = samples.filter((one) => one.error !== 'ABORTED');
  const value: CheckReading = { check: check.name, url, samples: answered, ...(answered.length < samples.length ? { cutOff: true } : {}) };
  const evidence = await record('service', 'http_checks', { command: `curl -sS -m ${sampleTimeoutMilliseconds / 1000} ${url}   # ${lanes * samplesPerLane} times`, output: samplesText(target, value), failed: value.samples.every((one) => one.status === undefined) });
  return { value, evidence };
}

function samplesText(target: ServiceTarget, { check, samples }: CheckReading): string {
  const good = samples.filter((sample) => sample.status !== undefined && sample.status < 400);
  const middle = median(good.map((sample) => sample.milliseconds));
  const head = `${target.name} ${check}: ${good.length} of ${samples.length} requests succeeded${middle === undefined ? '' : `, median ${Math.round(middle)} ms`} (budget ${target.latencyBudgetMilliseconds} ms)`;
  const lines = samples.map((sample) => `${sample.status === undefined ? `no response: ${sample.error}` : `HTTP ${sample.status}`} after ${Math.round(sample.milliseconds)} ms${sample.body === undefined || sample.body.trim() === '' ? '' : `: ${sample.body.replace(/\s+/g, ' ').trim()}`}`);
  return [head, ...lines].join('\n');
}

async function readStatus(target: ServiceTarget, url: string, { record, signal, targets }: ReaderContext): Promise<Observed<WorkloadStatus>> {
  const headers: Record<string, string> = target.statusToken === undefined ? {} : { authorization: `Bearer ${target.statusToken.reveal()}` };
  const answer = await probe(url, { timeoutMilliseconds: 5_000, allowedHosts: allowedHostsOf(targets), signal, headers, maxBytes: 1024 * 1024 });
  const command = `curl -sS ${url}`;
  const problem = answer.status !== 200 ? `the status document could not be read: ${answer.error?.message ?? `HTTP ${answer.status}`}` : answer.bodyTruncated ? 'the status document is over 1 MB' : undefined;
  if (problem !== undefined) {
    await record('service', 'workload_status', { command, output: problem, failed: true });
    throw Object.assign(new Error(problem), { code: answer.error?.code ?? String(answer.status) });
  }
  const value = parseStatusDocument(answer.body);
  return { value, evidence: await record('service', 'workload_status', { command, output: statusText(value) }) };
}

function urlOf(base: string, path: string): string {
  return new URL(path.replace(/^\/+/, ''), base.endsWith('/') ? base : `${base}/`).toString();
}
