/** Services as scenarios break, mend and look at them. */
import type { ObjectOf } from '../../cluster/objects/object.ts';
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';
import { isReady, podsOf } from './workloads.ts';

export type Service = ObjectOf<'services'>;
type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** Throws when there is none. */
export async function service(world: World, name: string, namespace?: string): Promise<Service> {
  const found = await world.cluster.get('services', name, namespace);
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
}

export function editService(world: World, name: string, change: (spec: NonNullable<Service['spec']>) => void, namespace?: string): Promise<void> {
  return world.cluster.edit('services', name, ({ spec }) => {
    if (spec) change(spec);
  }, namespace);
}

export function onlyPort(spec: Service['spec']): ServicePort {
  const port = spec?.ports?.[0];
  if (!port) throw new Error('the service has no port');
  return port;
}

/** It sends to exactly the ready pods of the deployment of its name. */
export async function sendsToItsPods(world: World, name: string): Promise<Check> {
  const pods = (await podsOf(world, name)).filter(isReady).map(({ status }) => status?.podIP ?? '').toSorted();
  const slices = await world.cluster.list('endpointslices.discovery.k8s.io', { labels: { 'kubernetes.io/service-name': name } });
  const sent = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready === true).flatMap(({ addresses }) => addresses).toSorted();
  return holds(`service ${name} sends to its ready pods`, sent.length > 0 && sent.join() === pods.join(), `sends to ${sent.join(', ') || 'nobody'}; ready pods: ${pods.join(', ') || 'none'}`);
}
