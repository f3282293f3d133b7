/** What is in a volume made from objects of the API. */
import type { ObjectOf } from '../../objects/object.ts';
import type { ConfigMapProjection, DownwardAPIVolumeFile, KeyToPath, Volume } from '../../objects/types.ts';
import { fieldValue, resourceValue } from '../fields.ts';

/** The volume can't be made until what the message names is there. */
export class MissingSource extends Error {}

export interface VolumeSources {
  pod: ObjectOf<'pods'>;
  allocatable: Record<string, string>;
  configMap(name: string): ObjectOf<'configmaps'> | undefined;
  secret(name: string): ObjectOf<'secrets'> | undefined;
  token(expirationSeconds: number, audience: string | undefined): string;
}

export interface VolumeFile {
  /** Relative, with slashes. */
  path: string;
  data: Buffer;
  mode: number;
}

const defaultFileMode = 0o644;
const tokenSeconds = 3_600;

/** Undefined when the volume is not made of files. */
export function filesOf(volume: Volume, sources: VolumeSources): VolumeFile[] | undefined {
  if (volume.configMap !== undefined) return configMapFiles(volume.configMap, volume.configMap.defaultMode ?? defaultFileMode, sources);
  if (volume.secret !== undefined) {
    const { secretName, items, optional, defaultMode = defaultFileMode } = volume.secret;
    return secretFiles({ name: secretName ?? '', ...(items === undefined ? {} : { items }), ...(optional === undefined ? {} : { optional }) }, defaultMode, sources);
  }
  if (volume.downwardAPI !== undefined) return downwardFiles(volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? defaultFileMode, sources);
  if (volume.projected === undefined) return undefined;
  const mode = volume.projected.defaultMode ?? defaultFileMode;
  return (volume.projected.sources ?? []).flatMap((source) => {
    if (source.configMap !== undefined) return configMapFiles(source.configMap, mode, sources);
    if (source.secret !== undefined) return secretFiles({ ...source.secret, name: source.secret.name ?? '' }, mode, sources);
    if (source.downwardAPI !== undefined) return downwardFiles(source.downwardAPI.items ?? [], mode, sources);
    if (source.serviceAccountToken === undefined) return [];
    const { path, expirationSeconds = tokenSeconds, audience } = source.serviceAccountToken;
    return [{ path, data: Buffer.from(sources.token(expirationSeconds, audience)), mode }];
  });
}

function configMapFiles({ name = '', items, optional }: ConfigMapProjection, mode: number, sources: VolumeSources): VolumeFile[] {
  const map = sources.configMap(name);
  if (map === undefined) return absent(optional, `configmap "${name}" not found`);
  const data = new Map([
    ...Object.entries(map.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
    ...Object.entries(map.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
  return project(data, items, optional, mode, 'configmap');
}

function secretFiles({ name, items, optional }: { name: string; items?: KeyToPath[]; optional?: boolean }, mode: number, sources: VolumeSources): VolumeFile[] {
  const secret = sources.secret(name);
  if (secret === undefined) return absent(optional, `secret "${name}" not found`);
  return project(new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')])), items, optional, mode, 'secret');
}

function project(data: ReadonlyMap<string, Buffer>, items: KeyToPath[] | undefined, optional: boolean | undefined, mode: number, kind: string): VolumeFile[] {
  if (items === undefined || items.length === 0) return [...data].map(([path, bytes]) => ({ path, data: bytes, mode }));
  return items.flatMap((item) => {
    const bytes = data.get(item.key);
    if (bytes === undefined) return absent(optional, kind === 'secret' ? `references non-existent secret key: ${item.key}` : `configmap references non-existent config key: ${item.key}`);
    return [{ path: item.path, data: bytes, mode: item.mode ?? mode }];
  });
}

function downwardFiles(items: readonly DownwardAPIVolumeFile[], mode: number, { pod, allocatable }: VolumeSources): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
    const container = pod.spec?.containers.find(({ name }) => name === resourceFieldRef?.containerName) ?? pod.spec?.containers[0];
    const text = fieldRef !== undefined ? fieldValue(pod, fieldRef.fieldPath) : resourceFieldRef !== undefined && container !== undefined ? resourceValue(pod, container, resourceFieldRef, allocatable) : '';
    return { path, data: Buffer.from(text), mode: own ?? mode };
  });
}

function absent(optional: boolean | undefined, message: string): never[] {
  if (optional !== true) throw new MissingSource(message);
  return [];
}
