/** What a Helm release made goes back with the release: changed by hand, the next upgrade would write it again. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { FieldChange, NamespaceReading } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import type { RuleTargets } from '../rule.ts';
import { at, recentSeconds, resourceOf, scopesOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

/** Rules that find fault with what a ConfigMap says now. */
const aboutContents = new Set(['dangling-reference', 'configmap-changed', 'configuration-changed']);

/** Same order; remedies of what the newest upgrade brought become one rollback of their release. */
export function throughHelm<F extends { rule: string; finding: FindingBody }>(found: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  const scopes = scopesOf(readings, targets);
  return found.map((one) => {
    const { remedy, resource, severity, blames } = one.finding;
    const scope = remedy === undefined ? undefined : scopes.find(({ cluster, namespace }) => 'target' in remedy && 'namespace' in remedy && cluster.name === remedy.target && namespace.namespace === remedy.namespace);
    const blamed = remedy === undefined && severity === 'critical' && blames === undefined && aboutContents.has(one.rule) ? scopes.flatMap((each) => each.namespace.configMaps.value.filter(({ name }) => resourceOf(each, 'configmap', name) === resource).map((map) => ({ scope: each, made: map }))) : [];
    const written = remedy === undefined || scope === undefined ? blamed[0] : { scope, made: objectOf(remedy, scope.namespace) };
    const release = written?.made?.release;
    if (written?.made === undefined || release === undefined || !isUpgradedLately(written.scope, release) || isByHand(written.made.changes)) return one;
    const good = written.scope.namespace.releases.value.find(({ name }) => name === release)?.history.slice(0, -1).findLast(({ status }) => status === 'superseded' || status === 'deployed');
    const rollback: Action = { kind: 'helm.rollback', ...at(written.scope), release, ...(good === undefined ? {} : { to_revision: good.revision }) };
    const mechanism = one.finding.mechanism === 'unwell-since-rollout' ? 'unwell-since-helm-upgrade' : one.finding.mechanism;
    return { ...one, finding: { ...one.finding, mechanism, remedy: rollback, explanation: `${one.finding.explanation} It is part of Helm release ${release}, which was upgraded lately: it goes back with the release.` } };
  });
}

/** What a change by hand would write. */
function objectOf(action: Action, { workloads, configMaps, services }: NamespaceReading): { release?: string; changes: readonly FieldChange[] } | undefined {
  switch (action.kind) {
    case 'kubectl.rollout_undo':
    case 'kubectl.set_image':
    case 'kubectl.set_env':
    case 'kubectl.set_resources': return workloads.value.find(({ kind, name }) => kind === action.workload && name === action.name);
    case 'kubectl.configmap_key': return configMaps.value.find(({ name }) => name === action.name);
    case 'kubectl.patch': return action.resource === 'configmap' ? configMaps.value.find(({ name }) => name === action.name) : action.resource === 'service' ? services.value.find(({ name }) => name === action.name) : undefined;
    default: return undefined;
  }
}

/** A workload of it has a new revision, and had one before. */
function isUpgradedLately(scope: Scope, release: string): boolean {
  return scope.namespace.workloads.value.some((one) => one.release === release && one.revisions.length > 1 && secondsAgo(scope, one.revisions.at(-1)?.createdAt) < recentSeconds);
}

/** Somebody has written to it after Helm did. */
function isByHand(changes: readonly FieldChange[]): boolean {
  const newest = changes.find(({ subresource, at }) => subresource === undefined && at !== '');
  return newest !== undefined && !/^helm/i.test(newest.manager);
}
