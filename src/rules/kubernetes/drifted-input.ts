/** A ConfigMap that a failing workload reads and that was changed by hand before it failed. */
import type { PodTemplate } from '../cluster-readings.ts';
import { mapsOf } from './configuration-cause.ts';
import { newestWrite } from './configuration-drift.ts';
import { driftFor, writtenAt } from './drift.ts';
import { resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import type { Trouble } from './troubles.ts';

const slackMilliseconds = 5_000;

/** Undefined unless it is one ConfigMap alone, written before the container that fails began or ended. */
export function driftedInput(scope: Scope, { workload, failure }: Pick<Trouble, 'workload' | 'failure'>): { blames: string; because: string } | undefined {
  const over = failure.container?.ended ?? failure.container?.last;
  const began = Date.parse(over?.finishedAt ?? failure.container?.running?.startedAt ?? '');
  const found = driftedMaps(scope, workload.template).filter(({ at }) => Number.isNaN(began) || Number.isNaN(at) || at <= began + slackMilliseconds);
  const [first] = found;
  if (first === undefined || found.length > 1) return undefined;
  return { blames: resourceOf(scope, 'configmap', first.name), because: `ConfigMap ${first.name}, which it reads, is not as it was last applied (${first.fields.slice(0, 3).join(', ')})` };
}

export function driftedMaps(scope: Scope, template: PodTemplate): { name: string; at: number; fields: string[] }[] {
  return mapsOf(template, scope).flatMap(({ name }) => {
    const drift = driftFor(scope, 'configmap', name);
    const fields = drift === undefined ? [] : newestWrite(drift.fields).filter(({ path }) => path.startsWith('data.'));
    return fields.length === 0 ? [] : [{ name, at: writtenAt(fields), fields: fields.map(({ path }) => path.slice('data.'.length)) }];
  });
}
