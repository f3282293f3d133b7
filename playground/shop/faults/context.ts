/** What the faults of the shop work with: the cluster as its admin sees it, and its database. */
import type { Pool } from 'pg';
import type { ClusterClient } from '../../cluster/client.ts';
import type { KnownKey, ObjectOf } from '../../cluster/objects/object.ts';
import type { Fault } from './fault.ts';

export interface FaultContext {
  client: ClusterClient;
  /** Where the shop lives. */
  namespace: string;
  /** The superuser's, of the database `shop`. */
  admin: Pool;
  databaseUrl(role: string): string;
  /** Server-side apply as somebody with kubectl. */
  apply(yaml: string): void;
  /** Real helm, in the shop's namespace; undefined where it is not installed. */
  helm: ((...words: string[]) => Promise<unknown>) | undefined;
}

export type CreateFault = (context: FaultContext) => Fault;

export interface Edit<K extends KnownKey> {
  resource: K;
  name: string;
  break(object: ObjectOf<K>): void;
  repair(object: ObjectOf<K>): void;
  isBroken(object: ObjectOf<K>): boolean;
  /** What makes a running pod feel it. */
  afterwards?(context: FaultContext): void;
}

/** A fault that is one wrong edit of one object. */
export function editFault<K extends KnownKey>(words: Pick<Fault, 'id' | 'title' | 'description' | 'area'>, edit: Edit<K>): CreateFault {
  return (context) => {
    const { client, namespace } = context;
    const isActive = (): boolean => {
      const object = client.get(edit.resource, namespace, edit.name);
      return object !== undefined && edit.isBroken(object);
    };
    const change = (how: (object: ObjectOf<K>) => void): void => {
      client.modify(edit.resource, namespace, edit.name, how);
      edit.afterwards?.(context);
    };
    return {
      ...words,
      inject: () => settled(() => !isActive() && change(edit.break)),
      clear: () => settled(() => isActive() && change(edit.repair)),
      isActive: () => Promise.resolve(isActive()),
    };
  };
}

/** As a promise, thrown errors included. */
export async function settled(work: () => unknown): Promise<void> {
  await work();
}

/** What `kubectl rollout restart` does. */
export function restart({ client, namespace }: FaultContext, deployment: string): void {
  client.modify('deployments.apps', namespace, deployment, (object) => {
    const template = templateOf(object);
    const metadata = (template.metadata ??= {});
    metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': `${new Date().toISOString().slice(0, 19)}Z` };
  });
}

export function deletePods({ client, namespace }: FaultContext, name: string): void {
  for (const pod of client.list('pods', { namespace, labels: { 'app.kubernetes.io/name': name } })) client.delete('pods', namespace, pod.metadata.name);
}

type Deployment = ObjectOf<'deployments.apps'>;
type Template = NonNullable<NonNullable<Deployment['spec']>['template']>;
type Container = NonNullable<NonNullable<Template['spec']>['containers']>[number];

function templateOf(deployment: Deployment): Template {
  const template = deployment.spec?.template;
  if (!template) throw new Error(`deployment ${deployment.metadata.name} has no template`);
  return template;
}

/** Its only container. */
export function containerOf(deployment: Deployment): Container {
  const container = templateOf(deployment).spec?.containers[0];
  if (!container) throw new Error(`deployment ${deployment.metadata.name} has no container`);
  return container;
}

export function environmentOf(deployment: Deployment, variable: string): string | undefined {
  return containerOf(deployment).env?.find((candidate) => candidate.name === variable)?.value;
}

export function setEnvironment(deployment: Deployment, variable: string, value: string): void {
  const container = containerOf(deployment);
  const others = (container.env ?? []).filter((candidate) => candidate.name !== variable);
  const index = (container.env ?? []).findIndex((candidate) => candidate.name === variable);
  others.splice(index === -1 ? others.length : index, 0, { name: variable, value });
  container.env = others;
}
