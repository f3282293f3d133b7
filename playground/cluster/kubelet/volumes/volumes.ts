/** A pod's volumes as real directories. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Volume } from '../../objects/types.ts';
import type { PodRecord } from '../pod.ts';
import type { Shared } from '../shared.ts';
import { filesOf, MissingSource, type VolumeSources } from './files.ts';
import { writeAtomically } from './atomic.ts';

/** Fills `record.volumes`; answers the messages of what can't be mounted. */
export function mountVolumes(record: PodRecord, shared: Shared): string[] {
  const problems: string[] = [];
  for (const volume of record.pod.spec?.volumes ?? []) {
    try {
      record.volumes.set(volume.name, mountVolume(volume, record, shared));
    } catch (error) {
      if (!(error instanceof MissingSource)) throw error;
      problems.push(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }
  return problems;
}

/** Rewrites volumes whose sources changed. What is missing now stays as it was. */
export function refreshVolumes(record: PodRecord, shared: Shared): void {
  for (const volume of record.pod.spec?.volumes ?? []) {
    const directory = record.volumes.get(volume.name);
    if (directory === undefined || !live(volume)) continue;
    try {
      const files = filesOf(volume, volumeSources(record, shared));
      if (files !== undefined) writeAtomically(directory, files);
    } catch (error) {
      if (!(error instanceof MissingSource)) throw error;
    }
  }
}

const live = (volume: Volume): boolean => volume.configMap !== undefined || volume.secret !== undefined || volume.projected !== undefined || volume.downwardAPI !== undefined;

function mountVolume(volume: Volume, record: PodRecord, shared: Shared): string {
  const own = join(record.directory, 'volumes', volume.name);
  if (volume.persistentVolumeClaim !== undefined) return claimDirectory(volume.persistentVolumeClaim.claimName, record, shared);
  if (volume.hostPath !== undefined) return hostDirectory(volume.hostPath, shared);
  mkdirSync(own, { recursive: true });
  const files = filesOf(volume, volumeSources(record, shared));
  if (files !== undefined) writeAtomically(own, files);
  return own;
}

function claimDirectory(name: string, record: PodRecord, { client }: Shared): string {
  const claim = client.get('persistentvolumeclaims', record.pod.metadata.namespace, name);
  if (claim === undefined) throw new MissingSource(`persistentvolumeclaim "${name}" not found`);
  const volumeName = claim.spec?.volumeName;
  if (volumeName === undefined || volumeName === '' || claim.status?.phase !== 'Bound') throw new MissingSource(`PVC ${record.pod.metadata.namespace}/${name} is not bound`);
  const path = client.get('persistentvolumes', undefined, volumeName)?.spec?.hostPath?.path;
  if (path === undefined) throw new MissingSource(`persistentvolume "${volumeName}" not found`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Below the node's own root, never the machine's. */
function hostDirectory({ path, type = '' }: { path: string; type?: string }, shared: Shared): string {
  const real = join(shared.settings.directory, 'nodes', shared.node.name, 'root', posix.join('/', path));
  if ((type === 'Directory' || type === 'File') && !existsSync(real)) throw new MissingSource(`hostPath type check failed: ${path} is not a ${type === 'File' ? 'file' : 'directory'}`);
  mkdirSync(type.startsWith('File') ? join(real, '..') : real, { recursive: true });
  return real;
}

function volumeSources(record: PodRecord, { client, settings, allocatable, address }: Shared): VolumeSources {
  const { namespace } = record.pod.metadata;
  return {
    pod: { ...record.pod, status: { ...record.pod.status, podIP: record.address, hostIP: address } },
    allocatable,
    configMap: (name) => client.get('configmaps', namespace, name),
    secret: (name) => client.get('secrets', namespace, name),
    token: (seconds, audience) => {
      const key = audience ?? '';
      const kept = record.tokens.get(key);
      const now = Date.now();
      if (kept !== undefined && kept.renew > now) return kept.token;
      const token = settings.serviceAccountToken(record.pod, seconds, audience);
      record.tokens.set(key, { token, renew: now + seconds * 800 });
      return token;
    },
  };
}
