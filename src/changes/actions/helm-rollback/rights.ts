/** What no click changes with a release: rights, the whole cluster, other namespaces, volumes. */
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { isObject, sameJson } from '../kubectl/json-patch.ts';
import { nameOf, textAt, textsAt } from '../kubectl/objects.ts';
import type { Manifest, ManifestDifference } from './release.ts';
import type { ReleaseAction } from './way-back.ts';

/** Rights, admission and what belongs to the whole cluster are not rolled back by anybody's click; nor are volumes deleted. */
const rightsKinds = /^(?:Cluster\w*|Role|RoleBinding|ServiceAccount|\w*WebhookConfiguration|\w*AdmissionPolic(?:y|yBinding)|CustomResourceDefinition|APIService|Namespace|Node|PersistentVolume|StorageClass|VolumeSnapshotClass|CSIDriver|CSINode|VolumeAttachment|PriorityClass|RuntimeClass|IngressClass|GatewayClass|CertificateSigningRequest|PriorityLevelConfiguration|FlowSchema|Pod)$/;

export function refuseRights({ changed, added, removed }: ManifestDifference, manifests: readonly Manifest[], hooks: readonly JsonObject[]): void {
  const relabelled = (key: string): boolean => {
    const [present, next] = manifests.map(({ objects }) => objects.get(key));
    return present !== undefined && next !== undefined && sameJson(withoutVersions(present), withoutVersions(next));
  };
  const touched = new Set([...changed.filter((key) => !relabelled(key)), ...added, ...removed]);
  const objects = [...manifests.flatMap((manifest) => [...manifest.objects].filter(([key]) => touched.has(key)).map(([, object]) => object)), ...hooks];
  const kindOf = (object: JsonObject): string => String(object['kind']);
  const found = objects.find((object) => rightsKinds.test(kindOf(object))) ?? [...(manifests[0]?.objects ?? [])].find(([key, object]) => removed.includes(key) && kindOf(object) === 'PersistentVolumeClaim')?.[1];
  if (found !== undefined) throw new RefusedError(`This would touch ${plain(`${kindOf(found)} ${nameOf(found)}`)}, which decides about rights or the whole cluster, or holds data: do this one by hand.`);
}

/** Charts write their versions as labels on everything, on what gives rights too; nothing else of it changes with them. */
function withoutVersions(object: JsonObject): JsonObject {
  const { 'app.kubernetes.io/version': _version, 'helm.sh/chart': _chart, ...labels } = textsAt(object, '/metadata/labels');
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, labels } };
}

export function refuseElsewhere(objects: readonly JsonObject[], { target, namespace }: ReleaseAction, { targets }: KindContext): void {
  const allowed = targets.clusters.find(({ name }) => name === target)?.namespaces ?? [];
  for (const object of objects) {
    const elsewhere = textAt(object, '/metadata/namespace') ?? namespace;
    if (!allowed.includes(elsewhere)) throw new RefusedError(`The release also has ${plain(`${String(object['kind'])} ${nameOf(object)} in namespace ${elsewhere}`)}, which is not among those of cluster ${target} in sre-agent.yaml.`);
  }
}
