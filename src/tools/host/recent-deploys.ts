import { z } from 'zod';
import { call, NoAnswerError } from '../../changes/actions/http-operation/call.ts';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { DeploySource, Targets } from '../../config/targets.ts';
import { parseDeploys } from '../../host-facts/deploys.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { onHost } from './host-tools.ts';

const mostBytes = 4 * 1024 * 1024;
const mostShown = 60;

/** Undefined when configuration names no list. Of hosts with an agent its own settings say whether there is one. */
export function recentDeploys({ hosts, deploys = [] }: Pick<Targets, 'hosts' | 'deploys'>): Tool | undefined {
  const withList = hosts.filter(({ local }) => local === undefined || local.deploys !== undefined);
  const names = [...deploys.map(({ name }) => name), ...withList.map(({ name }) => `host/${name}`)];
  if (names.length === 0) return undefined;
  return defineTool({
    name: 'recent_deploys',
    description: 'What was deployed lately, newest first, from a configured list: an HTTP source, or a file on a host (host/NAME). Compare its times with the time that the trouble began.',
    specialists: ['generic', 'kubernetes', 'network', 'service'],
    input: z.strictObject({ source: oneOf(names), hours: z.number().int().min(1).max(720).default(24) }),
    async run({ source, hours }, { signal }) {
      const listed = deploys.find(({ name }) => name === source);
      if (listed) return fromUrl(listed, hours, signal);
      return onHost(withList, source.replace(/^host\//, ''), `cat the list of deploys (on ${source}), last ${hours} hours`, async (reader) => {
        const [section] = (await reader.read({ what: 'deploys' }, signal)).sections;
        return section?.problem === undefined ? show(section?.text ?? '', hours) : { output: `The list can't be read: ${section.problem}.`, failed: true };
      });
    },
  });
}

async function fromUrl({ url, token }: DeploySource, hours: number, signal: AbortSignal): Promise<ToolResult> {
  const command = `curl -s ${withoutSecrets(url)}  # last ${hours} hours`;
  try {
    const { status, text } = await call({ method: 'GET', url }, { token, signal, maxBytes: mostBytes });
    if (status !== 200) return { command, output: `It answered ${status}.`, failed: true };
    return { command, ...show(text, hours) };
  } catch (error) {
    if (error instanceof NoAnswerError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
    throw error;
  }
}

function show(text: string, hours: number): Omit<ToolResult, 'command'> {
  try {
    const { deploys, withoutTime } = parseDeploys(text);
    const since = new Date(Date.now() - hours * 3_600_000).toISOString();
    const recent = deploys.filter(({ at }) => at >= since);
    return {
      output: [
        ...recent.slice(0, mostShown).map(({ at, text: fields }) => `${at} ${fields}`),
        ...(recent.length > mostShown ? [`(${recent.length - mostShown} more)`] : []),
        ...(recent.length === 0 ? [`Nothing was deployed in the last ${hours} hours${deploys[0] ? `; the last before that: ${deploys[0].at} ${deploys[0].text}` : ''}.`] : []),
        ...(withoutTime > 0 ? [`(${withoutTime} entries have no time that is understood)`] : []),
      ].join('\n'),
    };
  } catch (error) {
    return { output: `The list is not understood: ${error instanceof Error ? error.message : String(error)}.`, failed: true };
  }
}

function withoutSecrets(url: string): string {
  const parsed = new URL(url);
  return `${parsed.origin}${parsed.pathname}`;
}
