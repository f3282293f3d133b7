/** What a failing workload reads or needs to connect, and what was changed by hand before it failed. */
import type { PodTemplate } from '../cluster-readings.ts';
import type { DriftedField, ObjectDrift } from '../object-readings.ts';
import { mapsOf } from './configuration-cause.ts';
import { newestWrite, resourceKind } from './configuration-drift.ts';
import { referencesOf, workloadsBehind } from './dependencies.ts';
import { withoutDns } from './dns-egress.ts';
import { writtenAt } from './drift-gate.ts';
import { driftFor, driftsOf } from './drift.ts';
import { selects } from './labels.ts';
import { resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import type { Trouble } from './troubles.ts';

const slackMilliseconds = 5_000;
const connecting = /time(?:d )?out|ENOTFOUND|EAI_AGAIN|ECONN|EHOSTUNREACH|reachable|no such host|getaddrinfo|refused|reset by peer|lookup|resolv/i;

/** The newest of these writes, if it came before the container that fails began or ended. */
export function driftedInput(scope: Scope, { workload, failure, logs }: Pick<Trouble, 'workload' | 'failure' | 'logs'>): { blames: string; because: string } | undefined {
  const connects = logs.some(({ value }) => value.lines.some((line) => connecting.test(line)));
  const dns = connects ? withoutDns(scope, workload) : undefined;
  if (dns !== undefined) return { blames: resourceOf(scope, 'networkpolicy', dns.name), because: `NetworkPolicy ${dns.name} does not let it ask the cluster's DNS` };
  const over = failure.container?.ended ?? failure.container?.last;
  const began = Date.parse(over?.finishedAt ?? failure.container?.running?.startedAt ?? '');
  const maps = driftedMaps(scope, workload.template).filter(({ at }) => Number.isNaN(began) || Number.isNaN(at) || at <= began + slackMilliseconds);
  const ways = connects ? driftedWays(scope, workload.template) : [];
  const first = [...maps, ...ways].sort((left, right) => right.at - left.at)[0];
  if (first === undefined || maps.length > 1) return undefined;
  return { blames: resourceOf(scope, resourceKind(first.kind), first.name), because: `${first.kind === 'configmap' ? `ConfigMap ${first.name}, which it reads,` : `${first.kind} ${first.name}, which its connections depend on,`} is not as it was last applied (${first.fields.slice(0, 3).join(', ')})` };
}

interface Changed {
  kind: string;
  name: string;
  at: number;
  fields: string[];
}

export function driftedMaps(scope: Scope, template: PodTemplate): Changed[] {
  return mapsOf(template, scope).flatMap(({ name }) => {
    const drift = driftFor(scope, 'configmap', name);
    return drift === undefined ? [] : changed(drift, newestWrite(drift.fields).filter(({ path }) => path.startsWith('data.')));
  });
}

/** Policies on its own pods, Services that it calls, and policies on the pods behind these. */
function driftedWays(scope: Scope, template: PodTemplate): Changed[] {
  const called = new Set(referencesOf(template, scope).flatMap(({ service }) => service ?? []));
  const behind = [...called].flatMap((service) => workloadsBehind(service, scope));
  const templates = [template, ...behind.map((one) => one.template)];
  return driftsOf(scope.namespace).filter(({ kind, name }) => {
    if (kind === 'service') return [...called].some((one) => one.name === name);
    const policy = kind === 'networkpolicy' ? scope.namespace.policies.value.find((one) => one.name === name) : undefined;
    return policy !== undefined && templates.some(({ labels }) => selects(policy.pods, labels));
  }).flatMap((drift) => changed(drift, newestWrite(drift.fields).filter(({ path }) => path.startsWith('spec.'))));
}

function changed({ kind, name }: ObjectDrift, fields: readonly DriftedField[]): Changed[] {
  return fields.length === 0 ? [] : [{ kind, name, at: writtenAt(fields), fields: fields.map(({ path }) => path.replace(/^data\./, '')) }];
}
