/** Numbers for people, before and after: those of what was changed, and those that changed much. */
import type { Measured } from '../../incident/events.ts';
import type { Change } from '../change.ts';
import { targetOf } from '../action.ts';
import type { Observation } from './run.ts';

const most = 8;
/** A difference smaller than this is noise, whatever its share. */
const least: Record<string, number> = { ms: 20, '%': 5 };
const notably = 0.25;

/** Undefined when nothing was measured both times. */
export function tellingNumbers({ action, findingKeys }: Pick<Change, 'action' | 'findingKeys'>, before: Observation, after: Observation): { before: Measured[]; after: Measured[] } | undefined {
  const earlier = new Map((before.numbers ?? []).map((number) => [number.name, number]));
  const names = new Set([targetOf(action), 'name' in action ? action.name : undefined, ...findingKeys.flatMap((key) => key.slice(key.indexOf('@') + 1).split('/').slice(1))]);
  const pairs = (after.numbers ?? []).flatMap((now) => {
    const old = earlier.get(now.name);
    return old === undefined || old.unit !== now.unit ? [] : [{ old, now, own: now.name.split(' ').some((word) => names.has(word)), change: changeOf(old, now) }];
  });
  const telling = pairs.filter(({ own, change }) => own || change > 0).sort((left, right) => right.change - left.change || Number(right.own) - Number(left.own)).slice(0, most);
  return telling.length === 0 ? undefined : { before: telling.map(({ old }) => old), after: telling.map(({ now }) => now) };
}

/** 0 when it is not worth a word; otherwise its share of the greater of both, up to 1. */
function changeOf(old: Measured, now: Measured): number {
  const difference = Math.abs(old.value - now.value);
  const share = difference / Math.max(Math.abs(old.value), Math.abs(now.value), Number.MIN_VALUE);
  return difference < (least[now.unit] ?? 1) || share < notably ? 0 : share;
}
