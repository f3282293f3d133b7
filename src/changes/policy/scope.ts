/** What a rule, a freeze or quiet hours are about: every key that is there must match. */
import { z } from 'zod';
import { actionSchema } from '../action.ts';
import type { RiskLevel } from '../change.ts';
import type { Question } from '../ruling.ts';

export const riskLevels = ['low', 'medium', 'high'] as const;

const kinds = actionSchema.options.map((option) => option.shape.kind.value);

export const scopeKeys = {
  channels: z.array(z.string().regex(/^[CG][A-Z0-9]{2,}$/, 'must be a channel id such as C0123456789')).min(1).optional(),
  /** Names from `targets`; `*` stands for any characters. */
  targets: z.array(z.string().regex(/^[A-Za-z0-9*][A-Za-z0-9_.*-]{0,80}$/, 'must be the name of a target; * stands for any characters')).min(1).optional(),
  kinds: z.array(z.string().regex(/^[a-z0-9_.*]{1,80}$/).refine((glob) => kinds.some((kind) => globMatches(glob, kind)), { error: ({ input }) => `${String(input)} is no kind of change; there are ${kinds.join(', ')}` })).min(1).optional(),
  /** Left out: both. */
  production: z.boolean().optional(),
};

export const scopeSchema = z.strictObject(scopeKeys);
export const riskyScopeSchema = z.strictObject({ ...scopeKeys, risk: z.array(z.enum(riskLevels)).min(1).optional() });

export type Scope = z.infer<typeof scopeSchema> & { risk?: RiskLevel[] | undefined };

export type Scoped = Pick<Question, 'channel' | 'kind' | 'target' | 'isUndo' | 'risk'>;

/** The key that does not match; undefined when all do. An undo matches the kind of what it takes back, and `change.undo`. */
export function mismatch(scope: Scope, { channel, target, kind, isUndo, risk }: Scoped, production: boolean): string | undefined {
  if (scope.channels && !scope.channels.includes(channel)) return `channel ${channel}`;
  if (scope.targets && !scope.targets.some((glob) => target !== undefined && globMatches(glob, target))) return `target ${target ?? 'unknown'}`;
  if (scope.kinds && !scope.kinds.some((glob) => globMatches(glob, kind) || (isUndo && globMatches(glob, 'change.undo')))) return `kind ${kind}`;
  if (scope.risk && !scope.risk.includes(risk)) return `${risk} risk`;
  if (scope.production !== undefined && scope.production !== production) return production ? 'production' : 'not production';
  return undefined;
}

export function globMatches(glob: string, text: string): boolean {
  const [head = '', ...parts] = glob.split('*');
  if (parts.length === 0) return glob === text;
  const tail = parts.pop() ?? '';
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  const end = text.length - tail.length;
  let position = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found === -1 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}
