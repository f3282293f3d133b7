/** Whether two pod templates ask for the same pods. */
import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec } from '../../../objects/types.ts';

export const templateHashLabel = 'pod-template-hash';

/** The hash label doesn't count, nor whether an empty list or map is there. */
export function sameTemplate(first: PodTemplateSpec | undefined, second: PodTemplateSpec | undefined): boolean {
  return isDeepStrictEqual(comparable(first, ''), comparable(second, ''));
}

const maps = new Set(['labels', 'annotations', 'nodeSelector', 'limits', 'requests', 'matchLabels']);

function comparable(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => comparable(item, ''));
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const fields = Object.entries(value)
    .filter(([field]) => !(name === 'labels' && field === templateHashLabel))
    .map(([field, content]): [string, unknown] => [field, comparable(content, field)])
    .filter(([, content]) => content !== undefined);
  return fields.length === 0 && maps.has(name) ? undefined : Object.fromEntries(fields);
}
