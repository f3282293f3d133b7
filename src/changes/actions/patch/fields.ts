/** Which fields a patch may touch: what describes and tunes, never what runs code, reaches the host, gives rights or changes who somebody is. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject, Operation } from '../kubectl/json-patch.ts';
import { at, isObject, pathsIn, tokensOf } from '../kubectl/json-patch.ts';
import { belongsToController } from '../kubectl/metadata-keys.ts';
import { rightsWord } from '../kubectl/rights.ts';
import { fieldName } from '../kubectl/show.ts';
import { refuseKey, refuseVariable } from '../kubectl/variables.ts';

/** Whole entries are neither added nor taken away: with a container or a volume comes what is in it. */
const fixedLists = /\/(?:containers|initContainers|volumes|volumeMounts|volumeDevices|volumeClaimTemplates|volumeClaimTemplates\/\d+)(?:\/\d+)?$/;

/** What a volume is made of; how its files are laid out may change. */
const volumeSource = /\/volumes\/\d+\/(?!(?:configMap|emptyDir)\/|secret\/(?:items|optional|defaultMode)(?:\/|$))/;

/** What can't be put back, or makes the object about something else. */
const oneWay: Partial<Record<ActionOf<'kubectl.patch'>['resource'], RegExp>> = {
  service: /^\/spec\/(?:type|loadBalancerClass|loadBalancerIP|allocateLoadBalancerNodePorts|clusterIPs?)\b|\/nodePort$/,
  deployment: /^\/spec\/revisionHistoryLimit$/,
  daemonset: /^\/spec\/revisionHistoryLimit$/,
  statefulset: /^\/spec\/(?:revisionHistoryLimit$|persistentVolumeClaimRetentionPolicy\b|ordinals\b)/,
  cronjob: /^\/spec\/(?:successful|failed)JobsHistoryLimit$/,
  horizontalpodautoscaler: /^\/spec\/scaleTargetRef\b/,
};

export function refuseFields(resource: ActionOf<'kubectl.patch'>['resource'], changes: readonly Operation[], before: JsonObject, after: JsonObject): void {
  for (const { op, path } of changes) {
    const holder = op === 'remove' ? before : after;
    const name = fieldName(path, holder);
    const [first = '', second = ''] = tokensOf(path);
    const allowed = first === 'spec' || (first === 'metadata' && (second === 'labels' || second === 'annotations')) || (first === 'data' && resource === 'configmap');
    if (!allowed) throw new RefusedError(`${name} may not be patched: only spec, labels, annotations and the data of ConfigMaps.`);
    if (first === 'data') {
      if (op !== 'remove') refuseKeys(second, after['data']);
      continue;
    }
    const touched = pathsIn(path, at(holder, path));
    refuseOwnership(touched, name);
    if (first !== 'spec') continue;
    if (fixedLists.test(path) || (path === '/spec/template' || path === '/spec/template/spec' || path === '/spec/jobTemplate' || path === '/spec')) throw new RefusedError(`${name} may not be added, replaced or removed as a whole: patch the fields inside.`);
    if (volumeSource.test(path)) throw new RefusedError(`${name} decides what a volume is made of: change it by hand, or roll back to a revision.`);
    if (touched.some((one) => oneWay[resource]?.test(one))) throw new RefusedError(`${name} decides ${resource === 'service' ? 'from where the service can be reached' : 'what it is about, or what is deleted for good'}: change it by hand.`);
    const word = rightsWord(touched, resource !== 'ingress');
    if (word !== undefined) throw new RefusedError(`${name} holds ${word}, which decides what runs and with which rights: change it by hand, roll back to a revision, or use the kind made for it.`);
    if (op !== 'remove') refuseVariables(touched, after);
  }
}

/** The key that is written; all of them where data is new. */
function refuseKeys(written: string, data: Json | undefined): void {
  for (const [key, value] of Object.entries(isObject(data) ? data : {})) if (written === '' || key === written) refuseKey(key, typeof value === 'string' ? value : '');
}

function refuseVariables(paths: readonly string[], after: JsonObject): void {
  const entries = new Set(paths.flatMap((path) => /^.*\/env\/\d+(?=\/|$)/.exec(path)?.[0] ?? []));
  for (const entry of entries) {
    const [name, value] = [at(after, `${entry}/name`), at(after, `${entry}/value`)];
    if (typeof name === 'string') refuseVariable(name, typeof value === 'string' ? value : '');
  }
}

/** Throws RefusedError for keys of labels and annotations that are a controller's. */
export function refuseOwnership(paths: readonly string[], name: string): void {
  for (const path of paths) {
    const tokens = tokensOf(path);
    const index = tokens.findIndex((token, position) => token === 'metadata' && (tokens[position + 1] === 'labels' || tokens[position + 1] === 'annotations'));
    const key = index === -1 ? undefined : tokens[index + 2];
    if (key !== undefined && belongsToController(key)) throw new RefusedError(`${name}: ${key} belongs to a controller or to the cluster itself and may not be patched.`);
  }
}
