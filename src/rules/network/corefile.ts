/** The cluster's DNS denies a name that a Service has, or sends its lookups elsewhere: its Corefile says so. */
import type { Action } from '../../changes/action.ts';
import type { Evidence, FindingBody } from '../../incident/types.ts';
import type { ClusterReading, ConfigMap } from '../cluster-readings.ts';
import { driftedKeys, isLater } from '../kubernetes/former-values.ts';
import { placeOf, recentSeconds, resourceOf, scopesOf } from '../kubernetes/scope.ts';
import type { Scope } from '../kubernetes/scope.ts';
import { isHidden } from '../operations.ts';
import { quoteLine } from '../quotes.ts';
import type { Readings } from '../readings.ts';
import { clusterResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { list } from '../words.ts';
import { obstaclesTo } from './corefile-text.ts';
import type { Obstacle } from './corefile-text.ts';
import { unfoundNames } from './unfound-names.ts';
import type { Unfound } from './unfound-names.ts';

export const corefile: Rule = { id: 'corefile', specialist: 'network', detect: (readings, targets) => deniedNames(readings, targets).map(describe) };

interface DeniedNames {
  cluster: ClusterReading;
  resource: string;
  map: ConfigMap;
  evidence: Evidence;
  obstacle: Obstacle;
  /** Who looked for a name that it takes away. */
  unfound: Unfound[];
}

const key = 'Corefile';
const usualDomain = 'cluster.local';

/** Only what somebody really looked for and did not find. */
export function deniedNames(readings: Readings, targets: RuleTargets): DeniedNames[] {
  const all = scopesOf(readings, targets);
  const maps = [
    ...all.flatMap((scope) => scope.namespace.configMaps.value.filter(({ data }) => data[key] !== undefined).map((map) => ({ cluster: scope.cluster, at: scope.namespace.at, map, evidence: scope.namespace.configMaps.evidence, resource: resourceOf(scope, 'configmap', map.name) }))),
    ...(readings.clusters ?? []).flatMap((cluster) => (cluster.corefile === undefined ? [] : [{ cluster, ...cluster.corefile.value, evidence: cluster.corefile.evidence, resource: clusterResource('configmap', placeOf(readings, cluster, cluster.corefile.value.namespace), cluster.corefile.value.map.name) }])),
  ];
  return maps.flatMap(({ cluster, at, map, evidence, resource }) => {
    const near = all.filter((one) => one.cluster === cluster);
    const found = new Map<string, DeniedNames>();
    for (const unfound of unfoundNames(near)) {
      for (const obstacle of obstaclesTo(`${unfound.service.name}.${unfound.namespace}.svc.${usualDomain}`, map.data[key] ?? '', { domain: usualDomain, exists: (name) => isService(name, near) })) {
        // A cluster may have another domain than the usual one, and always had.
        if (obstacle.kind === 'zone' && !isNew(at, map)) continue;
        const known = found.get(obstacle.text) ?? { cluster, resource, map, evidence, obstacle, unfound: [] };
        known.unfound.push(unfound);
        found.set(obstacle.text, known);
      }
    }
    return [...found.values()];
  });
}

/** In a namespace that was not read it may be. */
function isService(name: string, scopes: readonly Scope[]): boolean {
  const [service = '', namespace = '', kind] = name.split('.');
  const scope = scopes.find((one) => one.namespace.namespace === namespace);
  return name.endsWith(`.svc.${usualDomain}`) && kind === 'svc' && (scope === undefined || scope.namespace.services.value.some((one) => one.name === service));
}

function isNew(at: string, map: ConfigMap): boolean {
  return map.changes.some((one) => one.fields.includes(`data/${key}`) && isLater(one, map) && (Date.parse(at) - Date.parse(one.at)) / 1000 < recentSeconds);
}

function describe(denied: DeniedNames): FindingBody {
  const { cluster, resource, map, evidence, obstacle, unfound } = denied;
  const names = [...new Set(unfound.map(({ service }) => service.name))];
  const [first] = unfound;
  const noted = driftedKeys(map).find((one) => one.key === key)?.former ?? undefined;
  const value = noted ?? obstacle.without;
  const remedy: Action | undefined = value.length > 20_000 || isHidden(value) ? undefined : { kind: 'coredns.corefile', target: cluster.name, value };
  const write = map.changes.find(({ fields }) => fields.includes(`data/${key}`));
  const does = { template: 'answers for it itself', rewrite: 'asks for another name in its place, which no Service has', zone: 'has no zone that it is in' }[obstacle.kind];
  return {
    severity: 'critical',
    resource,
    mechanism: 'dns-denies-services',
    title: `The cluster's DNS does not find ${list(names.slice(0, 3))}${names.length > 3 ? ` and ${names.length - 3} more` : ''}, which ${names.length === 1 ? 'is a Service that is' : 'are Services that are'} there: its Corefile says "${obstacle.text.slice(0, 160)}"`,
    explanation: `For the name of a Service it ${does}. Connections that stand go on; whoever looks the name up anew fails.${write === undefined || !isLater(write, map) ? '' : ` The Corefile was last written at ${write.at} by ${write.manager}.`} ${noted === undefined ? 'The same Corefile without that is the mildest change.' : 'What was last applied is noted on it.'}`,
    confidence: 0.95,
    quotes: [...quoteLine(evidence, `configmap ${map.name}:`), ...(first === undefined ? [] : quoteLine(first.evidence, first.line.slice(0, 200)))],
    ...(remedy === undefined ? {} : { remedy }),
  };
}
