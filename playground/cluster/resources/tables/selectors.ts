/** Selectors and pod templates as a line of text. */
import type { LabelSelector, PodTemplateSpec } from '../../objects/types.ts';
import { wide } from './table.ts';

export const containersColumn = wide('Containers', 'Names of the containers.');
export const imagesColumn = wide('Images', 'Images of the containers.');
export const selectorColumn = wide('Selector', 'Labels of the pods that belong to it.');

export const containerCells = (template: PodTemplateSpec | undefined): [string, string] => {
  const containers = template?.spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')];
};

/** `a=b,c in (d,e),!f`; empty for a selector that selects everything. */
export const selectorText = (selector: LabelSelector | undefined): string => {
  const parts = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, text: expressionText(key, operator, values ?? []) })),
  ];
  return parts.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)).map(({ text }) => text).join(',');
};

export const selectorOrNone = (selector: LabelSelector | undefined): string => selectorText(selector) || '<none>';

export const labelsText = (labels: Record<string, string> | undefined): string => {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key] ?? ''}`).join(',');
};

const expressionText = (key: string, operator: string, values: readonly string[]): string => {
  const list = values.toSorted().join(',');
  switch (operator) {
    case 'In': return `${key} in (${list})`;
    case 'NotIn': return `${key} notin (${list})`;
    case 'Exists': return key;
    default: return `!${key}`;
  }
};
