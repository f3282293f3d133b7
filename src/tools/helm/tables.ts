/** helm's JSON as text. A release carries its values, manifest and notes, where secrets live: only what is named here is shown. */
import { z } from 'zod';
import { textTable } from '../readings/text-table.ts';

/** All of these throw SyntaxError or ZodError when it is not what helm prints. */
export function releaseTable(json: string): string {
  const releases = z.array(listed).parse(JSON.parse(json) ?? []);
  if (releases.length === 0) return '(no releases)';
  return textTable(['NAME', 'REVISION', 'STATUS', 'UPDATED', 'CHART', 'APP VERSION'], releases.map((one) => [one.name, one.revision, one.status, one.updated, one.chart, one.app_version]));
}

export function historyTable(json: string): string {
  const revisions = z.array(revision).parse(JSON.parse(json) ?? []);
  return textTable(['REVISION', 'STATUS', 'UPDATED', 'CHART', 'APP VERSION', 'DESCRIPTION'], revisions.map((one) => [one.revision, one.status, one.updated, one.chart, one.app_version, one.description]));
}

export function statusText(json: string): string {
  const { name, namespace, version, info, chart } = release.parse(JSON.parse(json));
  const metadata = chart?.metadata;
  const chartName = metadata?.name == null ? undefined : [metadata.name, metadata.version].filter(Boolean).join('-');
  const rows: [string, unknown][] = [
    ['NAME', name], ['NAMESPACE', namespace], ['REVISION', version], ['STATUS', info.status], ['DESCRIPTION', info.description],
    ['FIRST DEPLOYED', info.first_deployed], ['LAST DEPLOYED', info.last_deployed], ['DELETED', info.deleted], ['CHART', chartName], ['APP VERSION', metadata?.appVersion],
  ];
  const lines = rows.filter(([, value]) => value !== undefined && value !== null && value !== '').map(([label, value]) => `${label}: ${String(value).replace(/\s+/g, ' ')}`);
  return [...lines, ...resourceLines(info.resources)].join('\n');
}

const text = z.union([z.string(), z.number()]).nullish();
const listed = z.object({ name: z.string(), revision: text, status: text, updated: text, chart: text, app_version: text });
const revision = z.object({ revision: text, status: text, updated: text, chart: text, app_version: text, description: text });
const release = z.object({
  name: z.string(),
  namespace: text,
  version: text,
  info: z.object({ status: text, description: text, first_deployed: text, last_deployed: text, deleted: text, resources: z.unknown().optional() }),
  chart: z.object({ metadata: z.object({ name: text, version: text, appVersion: text }).nullish() }).nullish(),
});

/** Names only. Helm hands over whole objects, keyed by version and kind; those of Secrets hold data. */
function resourceLines(resources: unknown): string[] {
  if (typeof resources !== 'object' || resources === null) return [];
  const lines = Object.entries(resources).flatMap(([kind, objects]) => {
    const names = namesOf(objects);
    return names.length === 0 ? [] : [`  ${kind.replace(/\(related\)$/, ' (related)')}: ${names.join(', ')}`];
  });
  return lines.length === 0 ? [] : ['RESOURCES:', ...lines];
}

function namesOf(objects: unknown): string[] {
  const several = z.array(z.object({ metadata: z.object({ name: z.string() }).optional(), items: z.array(z.object({ metadata: z.object({ name: z.string() }) })).nullish() })).safeParse(objects);
  return several.success ? several.data.flatMap(({ metadata, items }) => [...(metadata === undefined ? [] : [metadata.name]), ...(items ?? []).map((item) => item.metadata.name)]) : [];
}
