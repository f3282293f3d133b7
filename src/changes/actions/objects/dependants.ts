/** What the garbage collector would delete together with an object. */
import type { JsonObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf, uidOf } from '../kubectl/objects.ts';
import { plain } from '../words.ts';

const looked = 'pods,replicasets.apps,deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch,cronjobs.batch,replicationcontrollers,configmaps,services,resourcequotas,persistentvolumeclaims,horizontalpodautoscalers.autoscaling,poddisruptionbudgets.policy,ingresses.networking.k8s.io,networkpolicies.networking.k8s.io';

/** `Pod/checkout-abc`, each; 'unread' when the namespace can't be listed. */
export async function dependantsOf(object: JsonObject, kubectl: Kubectl): Promise<string[] | 'unread'> {
  const items = await kubectl.list(looked).catch((error: unknown) => {
    if (error instanceof ProgramError) return undefined;
    throw error;
  });
  if (items === undefined) return 'unread';
  return items.filter((one) => listAt(one, '/metadata/ownerReferences').some((owner) => owner['uid'] === uidOf(object))).map((one) => plain(`${String(one['kind'])}/${nameOf(one)}`, 120));
}
