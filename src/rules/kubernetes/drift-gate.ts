/** Whether putting back what an object was applied with may be offered: not what a program keeps, what is old, or what was noted before something else stood there. */
import type { Workload } from '../cluster-readings.ts';
import type { DriftedField, ObjectDrift } from '../object-readings.ts';
import { holds, parsed, tokensOf, valueAt } from './pointers.ts';
import { podsOf } from './pods.ts';
import { recentSeconds, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

/** Tools in a person's hand; anything else is a program that keeps what it wrote. */
const byHand = /^(?:kubectl|k9s|lens|oc|helm|openapi|before-first-apply|node-fetch|curl|python|mozilla|dashboard|sre-agent|kubernetes-dashboard)/i;

export function writerHolds({ fields }: { fields: readonly Pick<DriftedField, 'manager'>[] }): boolean {
  return fields.some(({ manager }) => manager !== undefined && manager !== '' && !byHand.test(manager));
}

export function mayGoBack(scope: Scope, drift: ObjectDrift, fields: readonly DriftedField[]): boolean {
  const workload = scope.namespace.workloads.value.find((one) => one.kind === drift.kind && one.name === drift.name);
  return !writerHolds({ fields }) && fields.every((one) => isServed(scope, drift, one)) && mayHaveBegun(scope, drift, fields) && (workload === undefined || fields.every((one) => stoodBefore(workload, one)));
}

/** The same for one key of a ConfigMap, as former-values.ts tells it. */
export function keyMayGoBack(scope: Scope, map: string, { at, manager }: { at: string; manager: string }): boolean {
  const write = { pointer: '', path: '', ...(at === '' ? {} : { at }), ...(manager === 'somebody' ? {} : { manager }) };
  return !writerHolds({ fields: [write] }) && mayHaveBegun(scope, { kind: 'configmap', name: map }, [write]);
}

/** An Ingress does not go back to a class that nobody serves either. */
function isServed({ cluster: { ingressClasses: known } }: Scope, { kind }: ObjectDrift, { pointer, noted }: DriftedField): boolean {
  return kind !== 'ingress' || pointer !== '/spec/ingressClassName' || known === undefined || known.length === 0 || (typeof noted === 'string' && known.includes(noted));
}

/** Milliseconds of the newest of these writes; NaN where nothing says. */
export function writtenAt(fields: readonly DriftedField[]): number {
  return Math.max(...fields.map((one) => Date.parse(one.at ?? '')));
}

/** What was written hours ago and hurts only now began otherwise, unless pods that read it at their start came later. */
function mayHaveBegun(scope: Scope, { kind, name }: Pick<ObjectDrift, 'kind' | 'name'>, fields: readonly DriftedField[]): boolean {
  const seconds = (Date.parse(scope.namespace.at) - writtenAt(fields)) / 1000;
  if (!(seconds > recentSeconds)) return true;
  return kind === 'configmap' && scope.namespace.workloads.value.some((one) => reads(one, name) && podsOf(one, scope.namespace).some((pod) => !pod.ready && secondsAgo(scope, pod.createdAt) < recentSeconds));
}

function reads({ template }: Workload, map: string): boolean {
  const sources = template.containers.flatMap(({ environment, environmentFrom }) => [...environmentFrom, ...environment.flatMap(({ from }) => from ?? [])]);
  return sources.some((one) => one.kind === 'configmap' && one.name === map) || template.volumes.some((one) => one.kind === 'configmap' && one.source === map);
}

/** Where images are set without applying, the note is old: what an earlier revision had last must be what it says. */
function stoodBefore({ revisions }: Workload, { pointer, noted, now }: DriftedField): boolean {
  if (!pointer.startsWith('/spec/template/spec/') || pointer.endsWith('/-')) return true;
  const earlier = revisions.slice(0, -1).reverse().map(({ template }) => valueAt(parsed(template.fingerprint), tokensOf(pointer).slice(3)));
  const others = earlier.filter((one) => !holds(one, now));
  return others.length === 0 || holds(others[0], noted);
}
