/** Whether a name that a model uses was seen: in evidence, in the configuration of the targets, or in what the rules read. */
import { corednsOf } from '../../config/targets.ts';
import type { Targets } from '../../config/targets.ts';
import type { Evidence } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';

type Seen = Pick<Investigation, 'targets' | 'rules' | 'evidence' | 'listEvidence'>;

/**
 * Parts of `resource` (kind/name, kind/namespace/name) that nothing read holds. A failed reading repeats what it was asked for,
 * so it counts only where it is itself `cited`. The kind is not looked for.
 */
export async function unknownNames(resource: string, seen: Seen, cited: readonly string[] = []): Promise<string[]> {
  const parts = resource.split('/').slice(resource.includes('/') ? 1 : 0).filter((part) => part !== '');
  const known = [...configured(seen.targets), ...seen.rules.findings.filter(({ source }) => source !== 'model').map((finding) => finding.resource)];
  const open = parts.filter((part) => !isIn(part, known));
  if (open.length === 0) return [];
  const evidence = (await seen.listEvidence()).filter((one) => !one.failed || cited.includes(one.id));
  const shown = evidence.map(({ text }) => text);
  const left = open.filter((part) => !isIn(part, shown));
  if (left.length === 0) return [];
  const whole = await fullTexts(evidence, seen);
  return left.filter((part) => !isIn(part, whole));
}

/** Capped texts show the beginning and the end; a name may stand in the middle. */
async function fullTexts(evidence: readonly Evidence[], { evidence: read }: Seen): Promise<string[]> {
  const texts: string[] = [];
  for (const { id } of evidence) texts.push((await read(id))?.fullText ?? '');
  return texts;
}

/** As one word, or each part of it as one: `public.items` may stand in two columns, `host:5432` as host and port. */
function isIn(part: string, texts: readonly string[]): boolean {
  const has = (name: string): boolean => {
    const word = new RegExp(`(?<![A-Za-z0-9])${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'i');
    return texts.some((text) => word.test(text));
  };
  return has(part) || (/[.:]/.test(part) && part.split(/[.:]/).filter((piece) => piece !== '').every(has));
}

function configured({ databases, services, clusters, operations, hosts, resolvers }: Targets): string[] {
  const given = [
    ...[...databases, ...services, ...clusters, ...operations, ...hosts].map(({ name }) => name),
    ...clusters.flatMap((cluster) => [...cluster.namespaces, ...Object.values(corednsOf(cluster))]),
    ...services.flatMap(({ url, checks }) => [url, ...checks.flatMap(({ name, path }) => [name, path])]),
    ...hosts.map(({ url }) => url),
    ...resolvers,
  ];
  return given.filter((one) => typeof one === 'string');
}
