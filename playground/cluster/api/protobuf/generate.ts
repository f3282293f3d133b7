/**
 * Writes fields.json: field numbers of the served kinds, out of the descriptors that kubectl up to 1.33 carries. Newer ones don't.
 *   npx tsx playground/cluster/api/protobuf/generate.ts /usr/bin/kubectl
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { readFields } from './wire.ts';
import type { WireField } from './wire.ts';

interface Field { name: string; number: number; repeated: boolean; scalar: number; message: string }

const gzipStart = Buffer.from([0x1f, 0x8b, 8, 0]);
const here = import.meta.dirname;
const schema = JSON.parse(readFileSync(join(here, '../../schema/kubernetes.json'), 'utf8')) as Record<string, Record<string, string>>;
const messages = new Map<string, { fields: Field[]; map: boolean }>();
const scalars: Record<number, string> = { 1: 'double', 3: 'int', 4: 'int', 5: 'int', 8: 'bool', 9: 'string', 12: 'bytes', 13: 'int' };

const binary = readFileSync(process.argv[2] ?? '');
for (let at = binary.indexOf(gzipStart); at >= 0; at = binary.indexOf(gzipStart, at + 1)) readDescriptor(at);

const roots = [
  ...['Pod', 'Namespace', 'Node', 'PodTemplate', 'ReplicationController', 'Service', 'Endpoints', 'ConfigMap', 'Secret', 'Event', 'PersistentVolume', 'PersistentVolumeClaim', 'ServiceAccount', 'ResourceQuota', 'LimitRange', 'Binding'].map((kind) => `core.v1.${kind}`),
  ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'ControllerRevision'].map((kind) => `apps.v1.${kind}`),
  'batch.v1.Job', 'batch.v1.CronJob', 'networking.v1.Ingress', 'networking.v1.IngressClass', 'networking.v1.NetworkPolicy', 'discovery.v1.EndpointSlice', 'events.v1.Event',
  'autoscaling.v1.HorizontalPodAutoscaler', 'autoscaling.v2.HorizontalPodAutoscaler', 'autoscaling.v1.Scale', 'policy.v1.PodDisruptionBudget', 'policy.v1.Eviction',
  'rbac.v1.Role', 'rbac.v1.RoleBinding', 'rbac.v1.ClusterRole', 'rbac.v1.ClusterRoleBinding', 'storage.v1.StorageClass', 'coordination.v1.Lease', 'scheduling.v1.PriorityClass',
  'authentication.v1.TokenRequest', 'authentication.v1.TokenReview', 'authentication.v1.SelfSubjectReview', 'authorization.v1.SelfSubjectAccessReview',
  'authorization.v1.SelfSubjectRulesReview', 'authorization.v1.SubjectAccessReview', 'authorization.v1.LocalSubjectAccessReview', 'meta.v1.DeleteOptions',
];
const result: Record<string, Record<string, string>> = {};
const pending = [...roots];
for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
  const message = messages.get(name);
  if (message === undefined) throw new Error(`No descriptor of ${name}.`);
  if (name in result) continue;
  result[name] = Object.fromEntries(message.fields.map((field) => [field.number, describe(name ?? '', field)]));
}
writeFileSync(join(here, 'fields.json'), `{\n${Object.entries(result).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, fields]) => `${JSON.stringify(name)}: ${JSON.stringify(fields)}`).join(',\n')}\n}\n`);

/** `name:type`, a list as `name:[]type`, a map as `name:{}type`; no name: its fields are those of the message around it. */
function describe(owner: string, field: Field): string {
  if (field.message === '') return `${field.name}:${field.repeated ? '[]' : ''}${scalars[field.scalar] ?? 'string'}`;
  const target = messages.get(field.message);
  if (target?.map === true) {
    const value = target.fields.find(({ number }) => number === 2);
    if (value === undefined) throw new Error(`${field.message} has no value.`);
    if (value.message !== '') pending.push(value.message);
    return `${field.name}:{}${value.message === '' ? (scalars[value.scalar] ?? 'string') : value.message}`;
  }
  pending.push(field.message);
  const known = schema[owner.split('.').at(-1) ?? ''];
  const inline = known !== undefined && owner !== 'events.v1.Event' && !(field.name in known) && !field.repeated;
  return `${inline ? '' : field.name}:${field.repeated ? '[]' : ''}${field.message}`;
}

function readDescriptor(at: number): void {
  let file: WireField[];
  try {
    const bytes = gunzipSync(binary.subarray(at, at + 400_000), { finishFlush: constants.Z_SYNC_FLUSH });
    file = readFields(bytes);
  } catch {
    return;
  }
  if (!textOf(file, 1).endsWith('generated.proto')) return;
  const scope = textOf(file, 2);
  for (const message of bytesOf(file, 4)) readMessage(scope, message);
}

function readMessage(scope: string, bytes: Buffer): void {
  const message = readFields(bytes);
  const name = `${scope}.${textOf(message, 1)}`;
  const options = bytesOf(message, 7)[0];
  messages.set(short(name), { fields: bytesOf(message, 2).map(readField), map: options !== undefined && readFields(options).some(({ number }) => number === 7) });
  for (const nested of bytesOf(message, 3)) readMessage(name, nested);
}

function readField(bytes: Buffer): Field {
  const field = readFields(bytes);
  const number = (wanted: number): number => Number(field.find((one) => one.number === wanted)?.value ?? 0);
  return { name: textOf(field, 1), number: number(3), repeated: number(4) === 3, scalar: number(5), message: short(textOf(field, 6)) };
}

/** `.k8s.io.api.core.v1.Pod` -> `core.v1.Pod`. */
function short(name: string): string {
  return name.replace(/^\./, '').replace(/^k8s\.io\.api\./, '').replace(/^k8s\.io\.apimachinery\.pkg\.(apis\.|api\.|util\.)?/, '');
}

function bytesOf(fields: WireField[], number: number): Buffer[] {
  return fields.flatMap((field) => (field.number === number && field.kind === 'bytes' ? [field.value] : []));
}

function textOf(fields: WireField[], number: number): string {
  return bytesOf(fields, number)[0]?.toString('utf8') ?? '';
}
