/** Which configured services an alert or a question is about: named by its source, or as whole words in its text. */
import type { Targets } from '../../config/targets.ts';
import type { Investigation } from '../agents.ts';

export function focusOf(alerts: Investigation['alerts'], targets: Pick<Targets, 'services' | 'databases'>): string[] {
  const names = [...targets.services, ...targets.databases].map((target) => target.name);
  const named = alerts.flatMap((alert) => {
    const exact = names.filter((name) => name.toLowerCase() === alert.service?.toLowerCase());
    return exact.length > 0 ? exact : namesIn(`${alert.title}\n${alert.description}`, names);
  });
  return [...new Set(named)];
}

/** In the order in which they occur. */
export function namesIn(text: string, names: readonly string[]): string[] {
  const words = text.toLowerCase();
  const found = names.flatMap((name) => {
    const at = positionOf(words, name.toLowerCase());
    return at === undefined ? [] : [{ name, at }];
  });
  return found.sort((left, right) => left.at - right.at).map(({ name }) => name);
}

function positionOf(text: string, name: string): number | undefined {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[a-z0-9_-]/.test(text[at - 1] ?? ' ') && !/[a-z0-9_]/.test(text[at + name.length] ?? ' ')) return at;
  }
  return undefined;
}
