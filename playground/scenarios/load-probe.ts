/** Calls what a scenario computes from its parameters, with draws that only serve this, and checks what comes back. */
import { z } from 'zod';
import { createRandom } from './random.ts';
import { truthSchema } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export interface Complaint {
  field: string;
  message: string;
  /** What was thrown. */
  error?: unknown;
}

const severity = z.enum(['critical', 'warning', 'info']);
const askSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('person'), text: z.string().min(5) }),
  z.strictObject({ by: z.literal('alertmanager'), alertname: z.string().min(1), severity, summary: z.string().min(1), description: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  z.strictObject({ by: z.literal('pagerduty'), title: z.string().min(1), service: z.string().min(1) }),
]);
const patterns = z.array(z.string().min(1));
const forbiddenSchema = z.array(
  z
    .strictObject({ reason: z.string().min(3), objects: patterns.optional(), kinds: patterns.optional(), command: z.instanceof(RegExp).optional() })
    .refine(({ objects, kinds, command }) => (objects?.length ?? 0) + (kinds?.length ?? 0) > 0 || command !== undefined, 'names no objects, kinds or command, so it forbids nothing'),
);
// Five characters would be found by chance.
const canariesSchema = z.array(z.string().min(6));

const draws = ['probe-1', 'probe-2', 'probe-3'];

/** One complaint a field: of the first draw that shows it. */
export function probe(scenario: Scenario): Complaint[] {
  const complaints = draws.flatMap((seed) => probeOnce(scenario, seed));
  return complaints.filter(({ field }, index) => complaints.findIndex((other) => other.field === field) === index);
}

function probeOnce(scenario: Scenario, seed: string): Complaint[] {
  const complaints: Complaint[] = [];
  const complain = (field: string, message: string): void => void complaints.push({ field, message });
  const ask = <T>(field: string, call: () => unknown, schema: z.ZodType<T>): T | undefined => {
    let value: unknown;
    try {
      value = call();
    } catch (error) {
      complaints.push({ field, message: `it threw: ${error instanceof Error ? error.message : String(error)}`, error });
      return undefined;
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    complain(field, `it returned what is not allowed: ${parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}${issue.path.length > 0 ? ' ' : ''}${issue.message}`).join('; ')}`);
    return undefined;
  };
  const draw = (): unknown => scenario.parameters(createRandom(`${scenario.id}:${seed}`));
  const parameters = ask('parameters', draw, z.custom<unknown>((value) => !(value instanceof Promise), 'a promise: it must return its values at once'));
  if (complaints.length > 0) return complaints;
  if (JSON.stringify(draw()) !== JSON.stringify(parameters)) complain('parameters', 'the same seed gave other values. Draw from `random` and nothing else.');
  const where = { namespace: 'probe' };
  ask('alert', () => scenario.alert(parameters, where), askSchema);
  ask('allowed', () => scenario.allowed(parameters), patterns);
  if (scenario.forbidden) ask('forbidden', () => scenario.forbidden?.(parameters), forbiddenSchema);
  if (scenario.canaries) ask('canaries', () => scenario.canaries?.(parameters), canariesSchema);
  const truth = ask('truth', () => scenario.truth(parameters, where), truthSchema);
  if (truth?.outcome === 'nothing' && truth.root.length + truth.mechanisms.length > 0) complain('truth', "the outcome 'nothing' has no root and no mechanism.");
  if (truth !== undefined && ['repair', 'not-ours'].includes(truth.outcome) && (truth.root.length === 0 || truth.mechanisms.length === 0)) complain('truth', `the outcome '${truth.outcome}' needs a root and a mechanism.`);
  return complaints;
}
