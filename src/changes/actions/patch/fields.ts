/** Which fields a patch may touch: what describes and tunes, never what runs code, reaches the host or changes who somebody is. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject, Operation } from '../kubectl/json-patch.ts';
import { at, isObject, tokensOf } from '../kubectl/json-patch.ts';
import { fieldName } from '../kubectl/show.ts';

/** Anywhere below spec, also inside a value that is set as a whole. */
const never = new Set([
  'command', 'args', 'lifecycle', 'exec', 'postStart', 'preStop', 'ephemeralContainers', 'securityContext', 'privileged', 'capabilities',
  'serviceAccount', 'serviceAccountName', 'automountServiceAccountToken', 'serviceAccountToken', 'hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'hostPath', 'hostPort', 'hostAliases',
  'shareProcessNamespace', 'runtimeClassName', 'nodeName', 'imagePullSecrets', 'csi', 'flexVolume', 'nfs', 'iscsi', 'projected', 'volumeMode', 'volumeName', 'storageClassName',
  'externalIPs', 'externalName', 'loadBalancerSourceRanges', 'resourceClaims', 'setHostnameAsFQDN', 'priorityClassName', 'image',
]);

/** Whole entries are neither added nor taken away: with a container or a volume comes what is in it. */
const fixedLists = /\/(?:containers|initContainers|volumes|volumeMounts|volumeDevices|volumeClaimTemplates|volumeClaimTemplates\/\d+)(?:\/\d+)?$/;

export function refuseFields(resource: ActionOf<'kubectl.patch'>['resource'], changes: readonly Operation[], before: JsonObject, after: JsonObject): void {
  for (const { op, path } of changes) {
    const name = fieldName(path, op === 'remove' ? before : after);
    const [first = '', second = ''] = tokensOf(path);
    const allowed = first === 'spec' || (first === 'metadata' && (second === 'labels' || second === 'annotations')) || (first === 'data' && resource === 'configmap');
    if (!allowed) throw new RefusedError(`${name} may not be patched: only spec, labels, annotations and the data of ConfigMaps.`);
    if (first === 'metadata') refuseOwnership(path, name, op === 'remove' ? before : after);
    if (first !== 'spec') continue;
    if (fixedLists.test(path) || (path === '/spec/template' || path === '/spec/template/spec' || path === '/spec/jobTemplate' || path === '/spec')) throw new RefusedError(`${name} may not be added, replaced or removed as a whole: patch the fields inside.`);
    if (resource === 'service' && /^\/spec\/(?:type|loadBalancerClass|loadBalancerIP|allocateLoadBalancerNodePorts|clusterIPs?)\b|\/nodePort$/.test(path)) throw new RefusedError(`${name} decides from where the service can be reached: change it by hand.`);
    const word = tokensOf(path).find((token) => never.has(token)) ?? inside(at(op === 'remove' ? before : after, path));
    if (word !== undefined) throw new RefusedError(`${name} holds ${word}, which decides what runs and with which rights: change it by hand, roll back to a revision, or use the kind made for it.`);
  }
}

function inside(value: Json | undefined): string | undefined {
  const children = Array.isArray(value) ? value.map((item): [string, Json] => ['', item]) : isObject(value) ? Object.entries(value) : [];
  for (const [key, child] of children) {
    if (never.has(key)) return key;
    const found = inside(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Marks by which controllers know what is theirs, and switches of admission. */
const foreign = /(^|\.)(kubernetes\.io|k8s\.io|helm\.sh|argoproj\.io|fluxcd\.io|istio\.io|linkerd\.io|cert-manager\.io|crossplane\.io|vault\.hashicorp\.com)\//;

function refuseOwnership(path: string, name: string, holder: JsonObject): void {
  const key = tokensOf(path)[2];
  const keys = key === undefined ? Object.keys((at(holder, path) ?? {}) as JsonObject) : [key];
  const taken = keys.find((one) => foreign.test(one) && one !== 'kubernetes.io/change-cause' && !one.startsWith('app.kubernetes.io/'));
  if (taken !== undefined) throw new RefusedError(`${name}: ${taken} belongs to a controller or to the cluster itself and may not be patched.`);
}
