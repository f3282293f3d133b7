/** A quota that takes only containers which say what they use: what the refused one should say. */
import type { Action } from '../../changes/action.ts';
import type { Workload } from '../cluster-readings.ts';
import { driftBack } from './drift-back.ts';
import { bytesOf } from './quantities.ts';
import { at } from './scope.ts';
import type { Scope } from './scope.ts';

export interface Demand {
  quota: string;
  remedy?: Action;
  words: string;
}

/** `... is forbidden: failed quota: compute: must specify limits.cpu for: api; requests.cpu for: api,proxy` */
export function quotaDemand(scope: Scope, workload: Workload, message: string): Demand | undefined {
  const [, quota, list] = /failed quota: ([a-z0-9.-]+): must specify (.+)$/.exec(message) ?? [];
  if (quota === undefined || list === undefined) return undefined;
  const wanted = list.split(';').flatMap((part) => {
    const [, names = '', containers = ''] = /^\s*([a-z.,]+) for: (.+?)\s*$/.exec(part) ?? [];
    return names.split(',').flatMap((name) => containers.split(',').map((container) => ({ name: name.trim(), container: container.trim() })));
  }).filter(({ name, container }) => /^(?:limits|requests)\.(?:cpu|memory)$/.test(name) && container !== '');
  const noted = driftBack(scope, workload, (one) => (one.field === 'cpu-limit' || one.field === 'memory-limit' || one.field === 'requests') && wanted.some(({ container }) => container === one.container));
  if (noted !== undefined) return { quota, remedy: noted.remedy, words: noted.words };
  const [first] = wanted;
  const usual = first === undefined || wanted.some(({ container }) => container !== first.container) ? undefined : usualAmounts(scope, workload, first.container, wanted.map(({ name }) => name));
  if (first === undefined || usual === undefined) return { quota, words: 'What it should say is not noted, and nothing like it runs here.' };
  return { quota, words: `Others of the namespace have ${Object.entries(usual).flatMap(([side, amounts]) => Object.entries(amounts).map(([what, amount]) => `${side} ${what} ${amount}`)).join(', ')} in the middle.`, remedy: { kind: 'kubectl.set_resources', ...at(scope), workload: workload.kind, name: workload.name, container: first.container, ...usual } };
}

/** What is in the middle of its neighbours', and no less than it asks for itself. */
function usualAmounts({ namespace }: Scope, workload: Workload, container: string, names: readonly string[]): { limits?: Record<string, string>; requests?: Record<string, string> } | undefined {
  const own = workload.template.containers.find((one) => one.name === container);
  const found: { limits?: Record<string, string>; requests?: Record<string, string> } = {};
  for (const name of names) {
    const [side, what = ''] = name.split('.') as ['limits' | 'requests', string];
    const amounts = namespace.workloads.value.filter((one) => one !== workload).flatMap((one) => one.template.containers.filter(({ init }) => !init).flatMap((one) => one[side][what] ?? [])).filter((one) => bytesOf(one) !== undefined).sort((left, right) => (bytesOf(left) ?? 0) - (bytesOf(right) ?? 0));
    const middle = amounts[Math.floor(amounts.length / 2)];
    const least = side === 'limits' ? bytesOf(own?.requests[what] ?? '0') ?? 0 : 0;
    if (middle === undefined || amounts.length < 2 || (bytesOf(middle) ?? 0) < least) return undefined;
    found[side] = { ...found[side], [what]: middle };
  }
  return found;
}
