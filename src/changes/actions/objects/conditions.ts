/** What a custom resource says of itself. */
import type { Check } from '../kind.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { listAt, numberAt, textAt } from '../kubectl/objects.ts';
import { plain } from '../words.ts';

/** True is good for these; for Failed, Stalled and Degraded, False is. */
const good = new Set(['Ready', 'Available', 'Healthy', 'Synced', 'Reconciled', 'Accepted', 'Programmed', 'ResolvedRefs', 'Established', 'Succeeded']);
const bad = new Set(['Failed', 'Stalled', 'Degraded', 'ReconcileError', 'Error', 'Failing']);

/** Its operator has seen this generation, where it tells, and none of its conditions says that something is wrong. */
export function conditionsOf(live: JsonObject): Check {
  const [observed, generation] = [numberAt(live, '/status/observedGeneration'), numberAt(live, '/metadata/generation')];
  if (observed !== undefined && generation !== undefined && observed < generation) return { ok: false, details: ['its operator has not seen the change yet'] };
  const conditions = listAt(live, '/status/conditions');
  const wrong = conditions.filter(({ type, status }) => (good.has(String(type)) && status === 'False') || (bad.has(String(type)) && status === 'True'));
  if (wrong.length > 0) return { ok: false, details: wrong.map((one) => plain(`${String(one['type'])} is ${String(one['status'])}: ${textAt(one, '/message') ?? textAt(one, '/reason') ?? 'no reason given'}`, 200)) };
  return { ok: true, details: [conditions.length === 0 ? 'it says nothing about its state' : conditions.map(({ type, status }) => plain(`${String(type)} is ${String(status)}`, 80)).join(', ')] };
}
