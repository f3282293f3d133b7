/** Objects of kinds that the cluster was extended with. Total: any JSON gives something. */
import type { CustomResource } from '../../../rules/cluster-readings.ts';
import { driftOf } from './drift.ts';
import { child, items, nameOf, number, optional, text } from './fields.ts';
import { keptOf } from './kept-objects.ts';
import { conditionsOf } from './pod-objects.ts';
import { changesOf } from './workload-objects.ts';

/** `kinds`: as the API lists them, `certificates.cert-manager.io`. */
export function customResourcesOf(objects: readonly unknown[], kinds: readonly string[] = []): CustomResource[] {
  return objects.filter((one) => nameOf(one) !== '').map((one) => {
    const kind = text(one, 'kind').toLowerCase();
    const drift = driftOf(one);
    const [kept] = keptOf([one]);
    const seen = number(one, 'status', 'observedGeneration');
    return {
      kind, name: nameOf(one), ...optional('createdAt', text(one, 'metadata', 'creationTimestamp')), conditions: conditionsOf(one),
      ...optional('apiVersion', text(one, 'apiVersion')), ...optional('plural', pluralOf(kind, text(one, 'apiVersion').split('/')[0] ?? '', kinds)),
      spec: child(one, 'spec'), ...phaseOf(one), generation: number(one, 'metadata', 'generation'), ...(seen > 0 ? { observedGeneration: seen } : {}),
      changes: changesOf(one), ...(drift === undefined ? {} : { drift }), finalizers: items(one, 'metadata', 'finalizers').length, ...(kept === undefined ? {} : { kept: { tool: kept.tool, source: kept.source } }),
    };
  });
}

/** Some operators say it in one word beside the conditions, or instead of them. */
function phaseOf(object: unknown): { phase?: string; phaseMessage?: string } {
  const status = child(object, 'status');
  return { ...optional('phase', text(status, 'phase') || text(status, 'state')), ...optional('phaseMessage', text(status, 'message') || text(status, 'reason')) };
}

/** The only one of the group that begins like the kind: certificate, certificates; policy, policies. */
function pluralOf(kind: string, group: string, kinds: readonly string[]): string {
  const plurals = kinds.flatMap((one) => (one.slice(one.indexOf('.') + 1) === group ? [one.slice(0, one.indexOf('.'))] : []));
  const found = plurals.filter((plural) => [kind, `${kind}s`, `${kind}es`, `${kind.slice(0, -1)}ies`].includes(plural));
  return kind !== '' && found.length === 1 ? (found[0] ?? '') : '';
}
