/**
 * The typed actions: everything the product can change. A model or a rule fills in these fields;
 * code alone builds the statement or request from them. One folder per kind in actions/.
 */
import { z } from 'zod';
import {
  configmapKeySchema, cordonSchema, deletePodSchema, helmRollbackSchema, patchSchema, rolloutRestartSchema, rolloutUndoSchema,
  scaleSchema, secretKeySchema, setEnvSchema, setImageSchema, setResourcesSchema, uncordonSchema,
} from './kubernetes-actions.ts';

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/, 'a plain PostgreSQL identifier');
const target = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a database in sre-agent.yaml');

export const createIndexSchema = z.object({
  kind: z.literal('postgres.create_index'),
  target,
  schema: identifier,
  table: identifier,
  columns: z.array(identifier).min(1).max(4),
});

export const terminateBackendSchema = z.object({
  kind: z.literal('postgres.terminate_backend'),
  target,
  /** The exact sessions: a pid is reused, so its start time (PostgreSQL timestamptz as text) binds it. */
  sessions: z.array(z.object({ pid: z.number().int().positive(), backend_start: z.string() })).min(1).max(200),
});

export const alterSettingSchema = z.object({
  kind: z.literal('postgres.alter_setting'),
  target,
  scope: z.enum(['system', 'database', 'role']),
  role: identifier.optional(),
  setting: z.string().regex(/^[a-z_][a-z0-9_.]{0,62}$/),
  /** null resets to the default. */
  value: z.string().max(200).nullable(),
});

export const httpOperationSchema = z.object({
  kind: z.literal('http.operation'),
  /** An operation described in sre-agent.yaml. */
  operation: z.string(),
  parameters: z.record(z.string(), z.string()),
});

export const actionSchema = z.discriminatedUnion('kind', [
  createIndexSchema,
  terminateBackendSchema,
  alterSettingSchema,
  httpOperationSchema,
  rolloutUndoSchema,
  rolloutRestartSchema,
  scaleSchema,
  setImageSchema,
  setEnvSchema,
  setResourcesSchema,
  patchSchema,
  configmapKeySchema,
  secretKeySchema,
  deletePodSchema,
  cordonSchema,
  uncordonSchema,
  helmRollbackSchema,
]);

export type Action = z.infer<typeof actionSchema>;
/** Those of a cluster: their `target` is a cluster's name. */
export type ClusterAction = Extract<Action, { kind: `kubectl.${string}` | `helm.${string}` }>;
export type ActionOf<K extends Action['kind']> = Extract<Action, { kind: K }>;

export function isClusterAction(action: Action): action is ClusterAction {
  return action.kind.startsWith('kubectl.') || action.kind.startsWith('helm.');
}
