/**
 * The typed actions: everything the product can change. A model or a rule fills in these fields;
 * code alone builds the statement or request from them. One folder per kind in actions/.
 */
import { z } from 'zod';
import { helmActions } from './helm-actions.ts';
import { httpActions } from './http-actions.ts';
import { kubernetesActions } from './kubernetes-actions.ts';
import { mysqlActions } from './mysql-actions.ts';
import { networkActions } from './network-actions.ts';
import { postgresActions } from './postgres-actions.ts';
import { undoSchema } from './undo-action.ts';

const proposable = [...postgresActions, ...mysqlActions, ...httpActions, ...kubernetesActions, ...helmActions, ...networkActions] as const;

/** What a model may propose: all but an undo, which a person asks for and which no freeze holds back. */
export const proposableSchema = z.discriminatedUnion('kind', [...proposable]);
export type ProposableAction = z.infer<typeof proposableSchema>;

export const actionSchema = z.discriminatedUnion('kind', [...proposable, undoSchema]);

export type Action = z.infer<typeof actionSchema>;
/** Those of a cluster: their `target` is a cluster's name. */
export type ClusterAction = Extract<Action, { kind: `kubectl.${string}` | `helm.${string}` | `coredns.${string}` }>;
export type ActionOf<K extends Action['kind']> = Extract<Action, { kind: K }>;

export function isClusterAction(action: Action): action is ClusterAction {
  return action.kind.startsWith('kubectl.') || action.kind.startsWith('helm.') || action.kind.startsWith('coredns.');
}

/** What sre-agent.yaml calls the system that is changed; undefined for an undo, whose system is that of its change. */
export function targetOf(action: Action): string | undefined {
  if ('target' in action) return action.target;
  return action.kind === 'http.operation' ? (action.parameters['service'] ?? action.operation) : undefined;
}

/** The name of the release, node or object that is changed. */
export function nameInCluster(action: ClusterAction): string {
  if ('release' in action) return action.release;
  if ('name' in action) return action.name;
  if (action.kind === 'coredns.corefile') return 'coredns';
  return nameInManifest(action.manifest) ?? 'object';
}

function nameInManifest(text: string): string | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text)).metadata.name;
  } catch {
    return undefined;
  }
}

const manifestSchema = z.object({ metadata: z.object({ name: z.string() }) });
