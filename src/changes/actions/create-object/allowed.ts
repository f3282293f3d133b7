/** What may be created from a manifest that somebody wrote: nothing that runs code, gives rights, reaches the host or opens a door from outside. */
import { objectName } from '../../../tools/kubectl/names.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject, pathsIn } from '../kubectl/json-patch.ts';
import { textAt, textsAt } from '../kubectl/objects.ts';
import { objectInside } from '../objects/nested.ts';
import { rightsWord } from '../kubectl/rights.ts';
import { refuseKey } from '../kubectl/variables.ts';
import { plain } from '../words.ts';

/** Only as a Helm release has them: whoever creates these runs code, with every Secret and identity of the namespace at hand. */
export const runsCode: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);

const metadataFields = new Set(['name', 'namespace', 'labels', 'annotations']);

/** The manifest as it is sent: its namespace written out. Throws RefusedError. */
export function readManifestText(text: string, namespace: string): JsonObject {
  let manifest: Json;
  try {
    manifest = JSON.parse(text) as Json;
  } catch (error) {
    throw new RefusedError(`The manifest is not JSON: ${plain((error as Error).message)}`);
  }
  if (!isObject(manifest) || typeof manifest['apiVersion'] !== 'string' || typeof manifest['kind'] !== 'string' || !isObject(manifest['metadata'])) throw new RefusedError('A manifest is a JSON object with apiVersion, kind and metadata.');
  const { metadata } = manifest;
  if (!objectName.safeParse(metadata['name']).success) throw new RefusedError('metadata.name must be the whole name of the object.');
  if ((metadata['namespace'] ?? namespace) !== namespace) throw new RefusedError(`The manifest names another namespace than ${namespace}.`);
  const strange = Object.keys(metadata).find((key) => !metadataFields.has(key));
  if (strange !== undefined) throw new RefusedError(`metadata.${plain(strange, 80)} may not be set: only name, namespace, labels and annotations.`);
  if (manifest['status'] !== undefined) throw new RefusedError('A manifest has no status: the cluster writes it.');
  if (manifest['items'] !== undefined) throw new RefusedError('One object at a time, not a list.');
  return { ...manifest, metadata: { ...metadata, namespace } };
}

/** Only these, so that no newer field of the server opens a way around the rules below. */
const fields: Record<string, readonly string[]> = {
  ConfigMap: ['data', 'immutable'],
  ServiceAccount: ['automountServiceAccountToken'],
};

const serviceFields = new Set(['type', 'selector', 'ports', 'clusterIP', 'clusterIPs', 'sessionAffinity', 'sessionAffinityConfig', 'publishNotReadyAddresses', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy', 'trafficDistribution']);
const claimFields = new Set(['accessModes', 'resources', 'storageClassName', 'volumeMode']);

/** Throws RefusedError. For what no release holds; `custom`: of a definition, whose fields only its operator understands. */
export function refuseContent(manifest: JsonObject, custom: boolean): void {
  const kind = String(manifest['kind']);
  if (runsCode.has(kind)) throw new RefusedError(`A ${kind} runs code: sre-agent creates one only when the manifest is just what a Helm release of this namespace holds, with its annotations meta.helm.sh/release-name and release-namespace. Create it by hand, or from its source.`);
  const allowed = fields[kind] ?? ['spec'];
  const strange = Object.keys(manifest).find((key) => !['apiVersion', 'kind', 'metadata', ...(custom ? Object.keys(manifest) : allowed)].includes(key));
  if (strange !== undefined) throw new RefusedError(`${plain(strange, 80)} of a ${kind} may not be set.`);
  const foreign = [...Object.keys(textsAt(manifest, '/metadata/labels')), ...Object.keys(textsAt(manifest, '/metadata/annotations'))].find((key) => key.includes('/') && !/^(?:kubernetes\.io\/change-cause|app\.kubernetes\.io\/(?:name|version|component|part-of))$/.test(key));
  if (foreign !== undefined) throw new RefusedError(`${plain(foreign, 120)} belongs to a controller or to the cluster itself and may not be set on a new object.`);
  if (kind === 'Service') refuseService(manifest);
  if (kind === 'ConfigMap') for (const [key, value] of Object.entries(textsAt(manifest, '/data'))) refuseKey(key, value);
  if (kind === 'PersistentVolumeClaim') refuseOthers(manifest, claimFields);
  const content = contentOf(manifest, custom);
  const inside = custom ? objectInside(content) : undefined;
  if (inside !== undefined) throw new RefusedError(`The manifest holds a whole ${inside} inside, which its operator would make with rights of its own: create this one by hand.`);
  const paths = pathsIn('', content).filter((path) => kind !== 'PersistentVolumeClaim' || !/^\/spec\/(?:storageClassName|volumeMode)$/.test(path));
  const word = rightsWord(paths, kind !== 'Ingress');
  if (word !== undefined) throw new RefusedError(`The manifest holds ${word}, which decides what runs and with which rights: create this one by hand.`);
}

/** What its fields mean something by their names in: of a definition, those beside spec count like those in it; keys of data are the application's. */
export function contentOf({ apiVersion: _version, kind: _kind, metadata: _metadata, ...content }: JsonObject, custom: boolean): JsonObject {
  return custom ? content : { spec: content['spec'] ?? {} };
}

function refuseService(manifest: JsonObject): void {
  refuseOthers(manifest, serviceFields);
  const type = textAt(manifest, '/spec/type') ?? 'ClusterIP';
  if (type !== 'ClusterIP') throw new RefusedError(`A Service of type ${plain(type, 40)} can be reached from outside, or names another host: create it by hand.`);
  if (Object.keys(textsAt(manifest, '/spec/selector')).length === 0) throw new RefusedError('A Service without a selector sends requests to whatever somebody writes into its endpoints: create it by hand.');
}

function refuseOthers(manifest: JsonObject, known: ReadonlySet<string>): void {
  const strange = Object.keys(isObject(manifest['spec']) ? manifest['spec'] : {}).find((key) => !known.has(key));
  if (strange !== undefined) throw new RefusedError(`spec.${plain(strange, 80)} of a ${String(manifest['kind'])} may not be set: create this one by hand.`);
}
