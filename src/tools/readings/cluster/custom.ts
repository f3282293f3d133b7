/** Objects of kinds that the cluster was extended with, with their conditions and what they ask for. A cluster without any, or that does not say, has none. */
import type { CustomResource } from '../../../rules/cluster-readings.ts';
import type { Client } from '../../kubectl/client.ts';
import type { Place } from '../../kubectl/place.ts';
import { apiResourcesArgv, listKinds } from './ask.ts';
import { customResourcesOf } from './custom-objects.ts';

const mostKinds = 30;
const mostObjects = 300;

export async function readCustomResources(client: Client, place: Place, signal: AbortSignal): Promise<CustomResource[]> {
  const kinds = await customKinds(client, place, signal);
  if (kinds.length === 0) return [];
  const { objects } = await listKinds(client, place, kinds, signal);
  return customResourcesOf(objects, kinds).slice(0, mostObjects);
}

/** `flashsales.shop.example`, as kubectl takes them; none where the cluster does not say. */
export async function customKinds(client: Client, place: Place, signal: AbortSignal): Promise<string[]> {
  const answer = await client(place, apiResourcesArgv, { maxBytes: 1024 * 1024, signal });
  return answer.failed ? [] : answer.text.split('\n').map((line) => line.trim()).filter(isCustomKind).slice(0, mostKinds);
}

/** `flashsales.shop.example`: plural, dot, a group that is not Kubernetes' own. */
function isCustomKind(kind: string): boolean {
  if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/.test(kind) || /^secrets?\./.test(kind)) return false;
  const group = kind.slice(kind.indexOf('.') + 1);
  return group.includes('.') && (!/(?:^|\.)k8s\.io$/.test(group) || group === 'gateway.networking.k8s.io');
}
