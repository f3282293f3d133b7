import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { ServiceTarget } from '../../config/targets.ts';
import { findUnsafeText } from '../../redaction/unsafe-text.ts';
import type { WorkloadStatus } from '../../rules/readings.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError, hostOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';
import { parseStatusDocument } from '../readings/workload-status.ts';
import { statusText } from '../readings/workload-text.ts';
import type { Tool, ToolResult } from '../tool.ts';

const timeoutMilliseconds = 5_000;

export function serviceStatus(services: readonly ServiceTarget[]): Tool {
  const supervised = services.filter(({ status }) => status !== undefined);
  return defineTool({
    name: 'service_status',
    description: 'What the supervisor of a configured service says of its process: state, restarts, last exit, revisions with what changed in their environment, and the newest log lines.',
    specialists: ['service', 'generic'],
    input: z.strictObject({
      service: oneOf(supervised.map(({ name }) => name)).describe('Name of the configured service'),
      contains: z.string().min(1).max(200).refine((text) => findUnsafeText(text) === undefined, 'must be plain text on one line').optional().describe('Only log lines with this text, in any case'),
    }),
    async run({ service, contains }, { signal }) {
      const target = supervised.find(({ name }) => name === service);
      const command = `curl -sS ${target?.status ?? service}${contains === undefined ? '' : `   # log lines with ${JSON.stringify(contains)}`}`;
      if (target?.status === undefined) return { command, output: `${service} has no status document.`, failed: true };
      return read(target, target.status, { command, contains, signal });
    },
  });
}

async function read(target: ServiceTarget, url: string, { command, contains, signal }: { command: string; contains: string | undefined; signal: AbortSignal }): Promise<ToolResult> {
  try {
    const headers: Record<string, string> = target.statusToken === undefined ? {} : { authorization: `Bearer ${target.statusToken.reveal()}` };
    const answer = await probe(url, { timeoutMilliseconds, signal, headers, allowedHosts: [hostOf(new URL(url))], maxBytes: 1024 * 1024 });
    if (answer.status !== 200 || answer.error !== undefined) return { command, output: `The supervisor of ${target.name} gave no status document: ${answer.error === undefined ? `HTTP ${answer.status} ${answer.body.slice(0, 300)}` : `${answer.error.code}, ${answer.error.message}`}. ${advice(answer.status)}`, failed: true };
    if (answer.bodyTruncated) return { command, output: 'The status document is over 1 MB and was not read.', failed: true };
    return { command, output: statusText(filtered(parseStatusDocument(answer.body), contains)) };
  } catch (error) {
    if (error instanceof RequestRefusedError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
    if (error instanceof Error && error.message.startsWith('the status document')) return { command, output: `${error.message}.`, failed: true };
    throw error;
  }
}

function advice(status: number | undefined): string {
  if (status === 401 || status === 403) return 'The status token of this service is missing or wrong in the configuration.';
  return 'See whether the service itself answers.';
}

function filtered(status: WorkloadStatus, contains: string | undefined): WorkloadStatus {
  if (contains === undefined) return status;
  return { ...status, log: status.log.filter(({ line }) => line.toLowerCase().includes(contains.toLowerCase())) };
}
