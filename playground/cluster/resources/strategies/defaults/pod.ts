/** What the API adds to pods and pod templates. */
import type { Container, PodSpec, Probe, Volume } from '../../../objects/types.ts';
import { fill, fillAbsent } from './fill.ts';

export function setPodTemplateDefaults(spec: PodSpec | undefined): void {
  if (spec === undefined) return;
  fillAbsent(spec, { terminationGracePeriodSeconds: 30 });
  fill(spec, { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' });
  spec.securityContext ??= {};
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount !== undefined) spec.serviceAccountName = spec.serviceAccount;
  for (const container of allContainers(spec)) setContainerDefaults(container, spec.hostNetwork === true);
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  for (const constraint of spec.topologySpreadConstraints ?? []) void constraint;
}

/** A pod gets more than a template: requests from limits, service links. */
export function setPodDefaults(spec: PodSpec | undefined): void {
  if (spec === undefined) return;
  for (const container of allContainers(spec)) {
    const { resources } = container;
    if (resources?.limits === undefined) continue;
    resources.requests = { ...resources.limits, ...resources.requests };
  }
  spec.enableServiceLinks ??= true;
  setPodTemplateDefaults(spec);
}

export function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])];
}

function setContainerDefaults(container: Container, hostNetwork: boolean): void {
  fill(container, { imagePullPolicy: pullPolicyOf(container.image ?? ''), terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' });
  for (const port of container.ports ?? []) {
    fill(port, { protocol: 'TCP' });
    if (hostNetwork) fill(port, { hostPort: port.containerPort });
  }
  for (const variable of container.env ?? []) if (variable.valueFrom?.fieldRef !== undefined) fill(variable.valueFrom.fieldRef, { apiVersion: 'v1' });
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe !== undefined) setProbeDefaults(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) if (handler?.httpGet !== undefined) fill(handler.httpGet, { path: '/', scheme: 'HTTP' });
}

function setProbeDefaults(probe: Probe): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (probe.httpGet !== undefined) fill(probe.httpGet, { path: '/', scheme: 'HTTP' });
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

/** Always for `latest` and for no tag at all. */
function pullPolicyOf(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (name.includes('@')) return 'IfNotPresent';
  const tag = name.split(':')[1] ?? 'latest';
  return tag === 'latest' || tag === '' ? 'Always' : 'IfNotPresent';
}

function setVolumeDefaults(volume: Volume): void {
  const sources = Object.keys(volume).filter((field) => field !== 'name');
  if (sources.length === 0) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) if (source !== undefined) fillAbsent(source, { defaultMode: 0o644 });
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  for (const item of volume.downwardAPI?.items ?? []) if (item.fieldRef !== undefined) fill(item.fieldRef, { apiVersion: 'v1' });
  for (const { serviceAccountToken, downwardAPI } of volume.projected?.sources ?? []) {
    if (serviceAccountToken !== undefined) fillAbsent(serviceAccountToken, { expirationSeconds: 3600 });
    for (const item of downwardAPI?.items ?? []) if (item.fieldRef !== undefined) fill(item.fieldRef, { apiVersion: 'v1' });
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim !== undefined) fill(claim, { volumeMode: 'Filesystem' });
}
