/** Fields that several kinds of action have. */
import { z } from 'zod';

/** The name of a system as sre-agent.yaml has it. */
export const targetNamed = (what: 'database' | 'cluster') => z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, `the name of a ${what} in sre-agent.yaml`);

const scalar = z.union([z.string().max(500).regex(/^[^\p{Cc}\p{Cf}]*$/u, 'text without control characters'), z.number(), z.boolean()]);

const conditionOn = (identifier: z.ZodString) => z
  .object({ column: identifier, operator: z.enum(['=', '<', '<=', '>', '>=', 'in', 'is null', 'is not null']), value: z.union([scalar, z.array(scalar).min(1).max(100)]).optional() })
  .refine(({ operator, value }) => (operator.startsWith('is ') ? value === undefined : value !== undefined && Array.isArray(value) === (operator === 'in')), 'a list for in, nothing for is null and is not null, else one value');

/** Which rows, what is done to them, and how many they are. */
export const rowsFields = (identifier: z.ZodString) => ({
  operation: z.enum(['update', 'delete']),
  /** All of them must hold. */
  where: z.array(conditionOn(identifier)).min(1).max(8),
  /** Of an update: the new value per column. */
  set: z.record(identifier, scalar.nullable()).optional(),
  /** How many rows that is; any other number is refused. */
  expected_rows: z.number().int().min(1).max(1000),
});

export function setsWhatItMust({ operation, set }: { operation: 'update' | 'delete'; set?: Record<string, unknown> | undefined }): boolean {
  return operation === 'update' ? set !== undefined && Object.keys(set).length > 0 && Object.keys(set).length <= 16 : set === undefined;
}
