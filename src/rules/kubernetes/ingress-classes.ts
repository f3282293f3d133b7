/** Ingresses of a class that no controller serves: nothing answers for their hosts. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import { driftFor, driftQuotes, driftWords, restoring } from './drift.ts';
import { isNear } from './labels.ts';
import { at, namespaceRule, resourceOf } from './scope.ts';
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
  const drift = driftFor(scope, 'ingress', name);
  const fields = drift?.fields.filter(({ path }) => path === 'spec.ingressClassName') ?? [];
  const noted = drift === undefined || fields.length === 0 ? undefined : restoring(scope, drift, fields);
  const near = known.filter((one) => isNear(one, className));
  const right = near.length === 1 ? near[0] : undefined;
  return {
    severity: 'critical',
    resource: resourceOf(scope, 'ingress', name),
    mechanism: 'ingress-class-missing',
    title: `Ingress ${name} names class ${className}, which nobody serves`,
    explanation: `The cluster has ${known.slice(0, 4).join(', ')}, so no controller answers for ${[...new Set(value.filter((one) => one.ingress === name).map((one) => one.host))].slice(0, 3).join(', ')}. ${drift !== undefined && fields.length > 0 ? `${driftWords({ fields })}.` : right === undefined ? 'Which it should be is not noted.' : `${right} is almost the same name.`}`,
    confidence: noted === undefined ? 0.85 : 0.95,
    quotes: [...quoteLine(evidence, `ingress ${name}:`, `class ${className}`), ...(drift === undefined ? [] : driftQuotes(scope, { ...drift, fields }))],
    ...(noted !== undefined ? { remedy: noted } : right === undefined ? {} : { remedy: { kind: 'kubectl.patch' as const, ...at(scope), resource: 'ingress' as const, name, type: 'merge' as const, patch: JSON.stringify({ spec: { ingressClassName: right } }) } }),
  };
}
