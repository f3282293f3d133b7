/** Deployments as scenarios break, mend and look at them. */
import type { ObjectOf } from '../../cluster/objects/object.ts';
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';

export type Deployment = ObjectOf<'deployments.apps'>;
export type Pod = ObjectOf<'pods'>;
export type PodSpec = NonNullable<NonNullable<NonNullable<Deployment['spec']>['template']>['spec']>;
export type Container = PodSpec['containers'][number];

/** Throws when there is none. */
export async function deployment(world: World, name: string, namespace?: string): Promise<Deployment> {
  const found = await world.cluster.get('deployments.apps', name, namespace);
  if (!found) throw new Error(`there is no deployment ${name}`);
  return found;
}

export function editDeployment(world: World, name: string, change: (deployment: Deployment) => void, namespace?: string): Promise<void> {
  return world.cluster.edit('deployments.apps', name, change, namespace);
}

export function podSpec(deployment: Deployment): PodSpec {
  const spec = deployment.spec?.template?.spec;
  if (!spec) throw new Error(`deployment ${deployment.metadata.name} has no pod template`);
  return spec;
}

/** The one that has the deployment's name, else the first. */
export function container(deployment: Deployment): Container {
  const { containers } = podSpec(deployment);
  const found = containers.find(({ name }) => name === deployment.metadata.name) ?? containers[0];
  if (!found) throw new Error(`deployment ${deployment.metadata.name} has no container`);
  return found;
}

/** The plain value of a variable of the deployment's container. */
export function environment(deployment: Deployment, variable: string): string | undefined {
  return container(deployment).env?.find(({ name }) => name === variable)?.value;
}

/** In its place in the list, or at the end; undefined takes it out. */
export function setEnvironment(deployment: Deployment, variable: string, value: string | undefined): void {
  const owner = container(deployment);
  const before = owner.env ?? [];
  const index = before.findIndex(({ name }) => name === variable);
  const place = index === -1 ? before.length : index;
  owner.env = before.toSpliced(place, index === -1 ? 0 : 1, ...(value === undefined ? [] : [{ name: variable, value }]));
}

/** What `kubectl rollout restart` does. */
export function rolloutRestart(world: World, name: string, namespace?: string): Promise<void> {
  return editDeployment(world, name, ({ spec }) => {
    const metadata = spec?.template && (spec.template.metadata ??= {});
    if (metadata) metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': `${new Date().toISOString().slice(0, 19)}Z` };
  }, namespace);
}

/** The pods that a deployment selects and that are not on their way out. */
export async function podsOf(world: World, name: string, namespace?: string): Promise<Pod[]> {
  const { spec } = await deployment(world, name, namespace);
  const pods = await world.cluster.list('pods', { labels: spec?.selector?.matchLabels ?? {}, ...(namespace === undefined ? {} : { namespace }) });
  return pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded');
}

export const isReady = (pod: Pod): boolean => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** Why its containers wait (`ImagePullBackOff`, `CrashLoopBackOff` ...), init containers included. */
function waitingReasons(pod: Pod): string[] {
  const states = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return states.flatMap(({ state }) => (state?.waiting?.reason === undefined ? [] : [state.waiting.reason]));
}

/** Whether a pod of the deployment waits for one of these reasons. */
export async function somePodWaits(world: World, name: string, reasons: readonly string[], namespace?: string): Promise<boolean> {
  const pods = await podsOf(world, name, namespace);
  return pods.some((pod) => waitingReasons(pod).some((reason) => reasons.includes(reason)));
}

/** Takes the pods away, as a lost node or a colleague would. */
export async function deletePods(world: World, name: string, namespace?: string): Promise<void> {
  for (const { metadata } of await podsOf(world, name, namespace)) await world.cluster.remove('pods', metadata.name, metadata.namespace);
}

/** What keeps a deployment from being rolled out with this many replicas (default: what its spec says); undefined when nothing does. */
export async function rolloutTrouble(world: World, name: string, replicas?: number, namespace?: string): Promise<string | undefined> {
  const { metadata, spec, status } = await deployment(world, name, namespace);
  const wanted = replicas ?? spec?.replicas ?? 1;
  if (spec?.replicas !== wanted) return `asks for ${spec?.replicas} replicas, not ${wanted}`;
  if (status?.observedGeneration !== metadata.generation) return 'the newest spec was not seen yet';
  if ((status?.updatedReplicas ?? 0) !== wanted) return `${status?.updatedReplicas ?? 0} of ${wanted} replicas are of the newest template`;
  if ((status?.replicas ?? 0) !== wanted) return `${status?.replicas ?? 0} replicas instead of ${wanted}`;
  if ((status?.readyReplicas ?? 0) !== wanted) return `${status?.readyReplicas ?? 0} of ${wanted} replicas are ready`;
  return undefined;
}

export async function rolledOut(world: World, name: string, replicas?: number, namespace?: string): Promise<Check> {
  const trouble = await rolloutTrouble(world, name, replicas, namespace);
  return { name: `${name} is rolled out`, ok: trouble === undefined, detail: trouble ?? 'every replica is new and ready' };
}

/** Deletes the pods and waits until others stand in their place: for `relapse`. Does not throw when they do not come: the oracle sees it. */
export async function replacePods(world: World, name: string, namespace?: string): Promise<void> {
  const before = await podsOf(world, name, namespace);
  await deletePods(world, name, namespace);
  const replaced = async (): Promise<boolean> => {
    const left = await Promise.all(before.map(({ metadata }) => world.cluster.get('pods', metadata.name, namespace)));
    return left.every((pod) => pod === undefined) && await rolloutTrouble(world, name, undefined, namespace) === undefined;
  };
  await world.until(`new pods of ${name}`, replaced, 40).catch((error: unknown) => world.log(String(error)));
}

/** `1.4.0` is what every service of the shop runs when all is well. */
export const shopImage = (name: string, tag = '1.4.0'): string => `registry.shop.local/${name}:${tag}`;
