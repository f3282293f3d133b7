/** Whether an object comes back as it is when it is created again. Throws RefusedError when it does not. */
import { RefusedError } from '../../errors.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, difference, isObject, sameJson } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf, textAt, textsAt } from '../kubectl/objects.ts';
import { fieldName } from '../kubectl/show.ts';
import { dependantsOf } from '../objects/dependants.ts';
import { formOf } from '../objects/manifest.ts';
import { plain } from '../words.ts';

/** Owners, finalizers, dependants, addresses: what a new object of the same content would not have. */
export async function refuseLost(live: JsonObject, words: string, kubectl: Kubectl): Promise<void> {
  if (at(live, '/metadata/deletionTimestamp') !== undefined) throw new RefusedError(`${words} is being deleted already.`);
  const owner = listAt(live, '/metadata/ownerReferences')[0];
  if (owner !== undefined) throw new RefusedError(`${words} belongs to ${plain(`${String(owner['kind'])} ${String(owner['name'])}`, 200)}: change that one instead.`);
  const finalizers = at(live, '/metadata/finalizers');
  if (Array.isArray(finalizers) && finalizers.length > 0) throw new RefusedError(`${words} has a finalizer (${plain(String(finalizers[0]), 100)}): a controller does more when it goes, which no undo brings back. Do this one by hand.`);
  const dependants = await dependantsOf(live, kubectl);
  if (dependants === 'unread') throw new RefusedError(`Whether something would be deleted together with ${words} could not be read: give the executor's role the right to list the namespace, or do this one by hand.`);
  if (dependants.length > 0) throw new RefusedError(`${dependants.slice(0, 3).join(', ')}${dependants.length > 3 ? ` and ${dependants.length - 3} more` : ''} would be deleted together with ${words}. Do this one by hand.`);
  if (live['kind'] === 'ConfigMap' && nameOf(live) === 'kube-root-ca.crt') throw new RefusedError(`${words} is the cluster's own.`);
  if (live['kind'] === 'Service') refuseAddresses(live, words);
  if (live['kind'] === 'Ingress') await refuseOnlyIngress(live, words, kubectl);
}

/** An address inside the cluster can be asked for again; one that somebody else hands out can't. */
function refuseAddresses(live: JsonObject, words: string): void {
  const type = textAt(live, '/spec/type') ?? 'ClusterIP';
  if (type !== 'ClusterIP') throw new RefusedError(`${words} is of type ${type}: its address from outside may not come back. Do this one by hand.`);
  if (Object.keys(textsAt(live, '/spec/selector')).length === 0) throw new RefusedError(`${words} has no selector: the endpoints that somebody wrote for it would go with it. Do this one by hand.`);
}

/** A load balancer that no other Ingress shares may be given back to its cloud, address and all. */
async function refuseOnlyIngress(live: JsonObject, words: string, kubectl: Kubectl): Promise<void> {
  const addresses = listAt(live, '/status/loadBalancer/ingress');
  if (addresses.length === 0) return;
  const others = await kubectl.list('ingresses').catch((error: unknown) => {
    if (error instanceof ProgramError) return [];
    throw error;
  });
  const shared = others.some((other) => nameOf(other) !== nameOf(live) && sameJson(listAt(other, '/status/loadBalancer/ingress'), addresses));
  if (!shared) throw new RefusedError(`${words} is the only one at its address, which may not come back. Do this one by hand.`);
}

/** The same under another name, as a dry run: the server must make just this of it. An address that is in use can't be asked for twice. */
export async function rehearsed(kubectl: Kubectl, snapshot: JsonObject): Promise<void> {
  const metadata = snapshot['metadata'] as JsonObject;
  const probe = withoutAddresses({ ...snapshot, metadata: { ...metadata, name: `${nameOf(snapshot).slice(0, 40).replace(/[.-]+$/, '')}-sre-agent-rehearsal` } });
  const made = await kubectl.write(['create', '-f', '-'], { dryRun: true, stdin: JSON.stringify(probe) }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`It could not be created again, so it is not deleted: ${error.message}`, { cause: error }) : error;
  });
  const [form, wanted] = [withoutAddresses(formOf(made.object)), formOf(probe)];
  const [different] = difference(wanted, form);
  if (different !== undefined) throw new RefusedError(`It would not come back as it is: the API server would make something else of ${fieldName(different.path, different.op === 'remove' ? wanted : form)}. Do this one by hand.`);
}

function withoutAddresses(object: JsonObject): JsonObject {
  if (object['kind'] !== 'Service' || !isObject(object['spec']) || object['spec']['clusterIP'] === 'None') return object;
  const { clusterIP: _address, clusterIPs: _addresses, ...spec } = object['spec'];
  return { ...object, spec };
}
