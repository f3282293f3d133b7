/** Ingresses of a class that no controller serves: nothing answers for their hosts. */
import type { FindingBody } from '../../incident/types.ts';
import type { IngressBackend } from '../cluster-readings.ts';
import { hostsInValue } from '../hosts.ts';
import { quoteLine } from '../quotes.ts';
import { isServiceUnwell } from '../service/health.ts';
import { writtenAt } from './drift-gate.ts';
import { driftFor, driftQuotes, driftWords, restoring } from './drift.ts';
import { namespaceRule, recentSeconds, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

export const ingressClasses = namespaceRule('ingress-class', (scope) => {
  const known = scope.cluster.ingressClasses;
  // A cluster without any has a controller that asks for none.
  if (known === undefined || known.length === 0) return [];
  const named = new Map(scope.namespace.ingresses.value.flatMap((one) => (one.className === undefined || known.includes(one.className) ? [] : [[one.ingress, one.className] as const])));
  return [...named].map(([name, className]) => describe(scope, name, className, known));
});

function describe(scope: Scope, name: string, className: string, known: readonly string[]): FindingBody {
  const { evidence, value } = scope.namespace.ingresses;
  const own = value.filter((one) => one.ingress === name);
  const drift = driftFor(scope, 'ingress', name);
  const fields = drift?.fields.filter(({ path }) => path === 'spec.ingressClassName') ?? [];
  const remedy = drift === undefined || fields.length === 0 ? undefined : restoring(scope, drift, fields);
  const changedLately = fields.length > 0 && !((Date.parse(scope.namespace.at) - writtenAt(fields)) / 1000 > recentSeconds);
  return {
    severity: suffers(scope, own) ? 'critical' : changedLately || isNewAndUnserved(scope, own) ? 'warning' : 'info',
    resource: resourceOf(scope, 'ingress', name),
    mechanism: 'ingress-class-missing',
    title: `Ingress ${name} names class ${className}, which no IngressClass has`,
    explanation: `The cluster has ${known.slice(0, 4).join(', ')}, so no controller answers for ${[...new Set(own.map((one) => one.host))].slice(0, 3).join(', ')}${own[0]?.classByAnnotation === true ? ', unless one goes by the annotation alone' : ''}. ${drift !== undefined && fields.length > 0 ? `${driftWords({ fields })}.` : 'Which it should be is not noted.'}`,
    confidence: remedy === undefined ? 0.8 : 0.95,
    quotes: [...quoteLine(evidence, `ingress ${name}:`, `class ${className}`), ...(drift === undefined ? [] : driftQuotes(scope, { ...drift, fields }))],
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A service that is watched through one of its hosts fails. */
function suffers({ readings, targets }: Scope, own: readonly IngressBackend[]): boolean {
  const hosts = new Set(own.map(({ host }) => host));
  return targets.services.some(({ name, url }) => hostsInValue(url).some(({ host }) => hosts.has(host)) && readings.services.some((one) => one.name === name && isServiceUnwell(one)));
}

/** An address in its status, or years without trouble: somebody serves it in a way that can't be seen here. */
function isNewAndUnserved(scope: Scope, own: readonly IngressBackend[]): boolean {
  return own.every(({ addresses = [], classByAnnotation, createdAt }) => addresses.length === 0 && classByAnnotation !== true && secondsAgo(scope, createdAt) < recentSeconds);
}
