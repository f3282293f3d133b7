/** Helm releases that failed or hang, and new revisions since which what they made does not work. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { HelmRelease } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { isServiceUnwell } from '../service/health.ts';
import { list } from '../words.ts';
import { configurationCause } from './configuration-cause.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { danglingMaps } from './references.ts';
import { at, namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { short } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';

export const helmReleases = namespaceRule('helm-release', (scope) => scope.namespace.releases.value.flatMap((release) => describe(scope, release)));

const recentSeconds = 86_400;

function describe(scope: Scope, release: HelmRelease): FindingBody[] {
  const last = release.history.at(-1);
  const good = release.history.slice(0, -1).reverse().find((one) => one.status === 'superseded' || one.status === 'deployed');
  const stuck = release.status.startsWith('pending') && secondsAgo(scope, release.updated) > 300;
  const failed = release.status === 'failed';
  const sick = sickOf(scope, release);
  const suspicious = last !== undefined && release.history.length > 1 && sick.length > 0 && secondsAgo(scope, last.updated) < recentSeconds;
  if (!failed && !stuck && !suspicious) return [];
  const late = secondsAgo(scope, release.updated) < recentSeconds;
  const remedy: Action | undefined = good === undefined || sick.length === 0 || !late || (!failed && !suspicious) ? undefined : { kind: 'helm.rollback', ...at(scope), release: release.name, to_revision: good.revision };
  return [{
    severity: sick.length > 0 ? 'critical' : failed ? 'info' : 'warning',
    resource: resourceOf(scope, 'release', release.name),
    mechanism: failed ? 'helm-release-failed' : stuck ? 'helm-release-stuck' : 'unwell-since-helm-upgrade',
    title: failed || stuck ? `Helm release ${release.name} is ${release.status} (revision ${release.revision})` : `${list(sick.slice(0, 3))} ${sick.length === 1 ? 'is' : 'are'} unwell since revision ${release.revision} of Helm release ${release.name}`,
    explanation: `${last === undefined ? '' : `${short(last.description, 200)}. `}${good === undefined ? 'No earlier revision is known to roll back to.' : `Revision ${good.revision} (${good.chart}) was deployed before it.`}${failed && sick.length === 0 ? ' What it made is well all the same.' : ''}`,
    confidence: suspicious || failed ? 0.87 : 0.7,
    quotes: [...quoteLine(scope.namespace.releases.evidence, `release ${release.name}:`), ...(last === undefined ? [] : quoteLine(scope.namespace.releases.evidence, `revision ${last.revision}:`, last.status))],
    ...(remedy === undefined ? {} : { remedy }),
  }];
}

/** Workloads of the release that fail for what it wrote, not for what they call. */
function sickOf(scope: Scope, release: HelmRelease): string[] {
  const own = scope.namespace.workloads.value.filter((one) => one.release === release.name);
  const troubled = troublesOf(scope).filter((one) => own.includes(one.workload) && (one.undo !== undefined || ['configuration', 'image', 'start'].includes(one.failure.kind) || configurationCause(scope, one)?.map.release === release.name));
  const misled = danglingMaps(scope).filter(({ map, workload }) => map.release === release.name && own.includes(workload) && scope.readings.services.some((one) => isServiceUnwell(one) && servicesOfTemplate(workload.template, scope).some((service) => service.name === one.name)));
  return [...new Set([...troubled.map((one) => one.workload.name), ...misled.map((one) => one.workload.name)])];
}
