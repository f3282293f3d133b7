/** Fields that decide what runs, where, and with which rights. */
import { tokensOf } from './json-patch.ts';

/** Anywhere in a path. */
const words = new Set([
  'command', 'args', 'workingDir', 'lifecycle', 'exec', 'postStart', 'preStop', 'ephemeralContainers', 'securityContext', 'privileged', 'capabilities',
  'serviceAccount', 'serviceAccountName', 'automountServiceAccountToken', 'serviceAccountToken', 'hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'hostPath', 'hostPort', 'hostAliases',
  'shareProcessNamespace', 'runtimeClassName', 'nodeName', 'schedulerName', 'nameservers', 'imagePullSecrets', 'csi', 'flexVolume', 'nfs', 'iscsi', 'gitRepo', 'projected', 'volumeMode', 'volumeName', 'storageClassName', 'claimName',
  'externalIPs', 'externalName', 'loadBalancerSourceRanges', 'resourceClaims', 'setHostnameAsFQDN', 'priorityClassName', 'image', 'secretRef', 'secretKeyRef', 'nodePort',
]);

/** The first such word of these paths; undefined when there is none. `secrets`: names of Secrets count too. */
export function rightsWord(paths: readonly string[], secrets = true): string | undefined {
  for (const path of paths) {
    const tokens = tokensOf(path);
    const word = tokens.find((token) => words.has(token) || (secrets && token === 'secretName'));
    if (word !== undefined) return word;
    if (/\/(?:httpGet|tcpSocket)\/host$/.test(path)) return 'host';
  }
  return undefined;
}

/** What a rollback brings that goes beyond its containers: rights, the host, other identities. */
const powers = new Set(['securityContext', 'privileged', 'capabilities', 'serviceAccount', 'serviceAccountName', 'automountServiceAccountToken', 'serviceAccountToken', 'hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'hostPath', 'hostPort', 'shareProcessNamespace', 'runtimeClassName', 'nodeName', 'priorityClassName', 'ephemeralContainers']);

/** Each once, in the order in which they come. */
export function powersIn(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => tokensOf(path).filter((token) => powers.has(token))))];
}
