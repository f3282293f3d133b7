/**
 * Writes traits.json: what JSON field lists don't tell of a field (its order, whether Go keeps its zero value, how patches
 * merge it), out of the type information that every Go program carries. Run by hand when the API version moves:
 *   npx tsx playground/cluster/schema/generate-traits.ts <path of a helm for linux/amd64>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface GoField {
  name: string;
  type: string;
  tag: string;
  at: number;
}

const groups: Record<string, string> = {
  ReplicaSet: 'apps/v1', Deployment: 'apps/v1', StatefulSet: 'apps/v1', DaemonSet: 'apps/v1', ControllerRevision: 'apps/v1', Job: 'batch/v1', CronJob: 'batch/v1',
  Ingress: 'networking/v1', IngressClass: 'networking/v1', NetworkPolicy: 'networking/v1', EndpointSlice: 'discovery/v1', HorizontalPodAutoscaler: 'autoscaling/v2',
  Scale: 'autoscaling/v1', PodDisruptionBudget: 'policy/v1', Eviction: 'policy/v1', Role: 'rbac/v1', RoleBinding: 'rbac/v1', ClusterRole: 'rbac/v1', ClusterRoleBinding: 'rbac/v1',
  StorageClass: 'storage/v1', Lease: 'coordination/v1', PriorityClass: 'scheduling/v1', TokenRequest: 'authentication/v1', SelfSubjectReview: 'authentication/v1',
  TokenReview: 'authentication/v1', SelfSubjectAccessReview: 'authorization/v1', SelfSubjectRulesReview: 'authorization/v1', SubjectAccessReview: 'authorization/v1',
  LocalSubjectAccessReview: 'authorization/v1', ValidatingWebhookConfiguration: 'admissionregistration/v1', MutatingWebhookConfiguration: 'admissionregistration/v1',
};
const elsewhere: Record<string, string> = {
  CustomResourceDefinition: 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.CustomResourceDefinition',
  DeleteOptions: 'k8s.io/apimachinery/pkg/apis/meta/v1.DeleteOptions', Status: 'k8s.io/apimachinery/pkg/apis/meta/v1.Status', EventsEvent: 'k8s.io/api/events/v1.Event',
};
const core = ['Namespace', 'Node', 'Pod', 'PodTemplate', 'ReplicationController', 'Service', 'Endpoints', 'ConfigMap', 'Secret', 'Event', 'PersistentVolume', 'PersistentVolumeClaim', 'ServiceAccount', 'ResourceQuota', 'LimitRange', 'Binding'];
const roots: Record<string, string> = {
  ...Object.fromEntries(core.map((kind) => [kind, `k8s.io/api/core/v1.${kind}`])),
  ...Object.fromEntries(Object.entries(groups).map(([kind, group]) => [kind, `k8s.io/api/${group}.${kind}`])),
  ...elsewhere,
};

const program = readFileSync(resolve(process.argv[2] ?? 'helm'));
const sections = readSections();
const readOnly = sections.find((section) => section.name === '.rodata');
const typeLinks = sections.find((section) => section.name === '.typelink');
if (readOnly === undefined || typeLinks === undefined) throw new Error('Not a Go program for linux/amd64.');
const base = readOnly.address;
const kinds = { array: 17, map: 21, pointer: 22, slice: 23, struct: 25 };

const structs = new Map<string, number>();
for (let offset = typeLinks.offset; offset < typeLinks.offset + typeLinks.size; offset += 4) {
  const type = base + program.readUInt32LE(offset);
  if (kindOf(type) !== kinds.pointer) continue;
  const element = pointerAt(type + 48);
  if (kindOf(element) === kinds.struct) structs.set(`${packageOf(element)}.${nameOf(element).replace(/^.*\./, '')}`, element);
}

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'kubernetes.json'), 'utf8')) as Record<string, Record<string, string>>;
const traits: Record<string, Record<string, string>> = {};
for (const [name, goName] of Object.entries(roots)) {
  const type = structs.get(goName);
  if (type === undefined) console.error(`${goName} is not in there`);
  else pair(name, type);
}
console.error('without traits:', Object.keys(schema).filter((name) => traits[name] === undefined).join(' '));
writeFileSync(join(import.meta.dirname, 'traits.json'), `{\n${Object.keys(schema).filter((name) => traits[name] !== undefined).map((name) => `${JSON.stringify(name)}: ${JSON.stringify(traits[name])}`).join(',\n')}\n}\n`);

function pair(name: string, type: number): void {
  const fields = schema[name];
  if (fields === undefined || traits[name] !== undefined) return;
  const own: Record<string, string> = {};
  traits[name] = own;
  for (const field of jsonFields(type)) {
    const [jsonName = '', ...options] = /json:"([^"]*)"/.exec(field.tag)?.[1]?.split(',') ?? [];
    const declared = fields[jsonName];
    if (declared === undefined) continue;
    const strategy = /patchStrategy:"([^"]*)"/.exec(field.tag)?.[1];
    const key = /patchMergeKey:"([^"]*)"/.exec(field.tag)?.[1];
    own[jsonName] = [field.type, ...(options.includes('omitempty') || options.includes('omitzero') ? ['?'] : []), ...(options.includes('omitzero') ? ['z'] : []), ...(strategy === undefined ? [] : [`patch=${strategy}`]), ...(key === undefined ? [] : [`key=${key}`])].join(' ');
    const inner = elementName(declared);
    const struct = elementStruct(field.at);
    if (/^[A-Z]/.test(inner) && struct !== undefined) pair(inner, struct);
  }
}

function elementName(type: string): string {
  return type.replace('!', '').replaceAll(/(list|map)<|>/g, '');
}

function elementStruct(type: number): number | undefined {
  const kind = kindOf(type);
  if (kind === kinds.struct) return type;
  if (kind === kinds.pointer || kind === kinds.slice) return elementStruct(pointerAt(type + 48));
  return kind === kinds.map ? elementStruct(pointerAt(type + 56)) : undefined;
}

/** Embedded structs count as their fields. */
function jsonFields(type: number): GoField[] {
  const first = pointerAt(type + 56);
  return Array.from({ length: pointerAt(type + 64) }, (_, index) => {
    const at = first + index * 24;
    const { name, tag } = readName(pointerAt(at));
    const fieldType = pointerAt(at + 8);
    const embedded = /json:"[^"]*,inline/.test(tag) && kindOf(fieldType) === kinds.struct;
    return embedded ? jsonFields(fieldType) : [{ name, tag, type: nameOf(fieldType), at: fieldType }];
  }).flat();
}

function readSections(): { name: string; address: number; offset: number; size: number }[] {
  const table = Number(program.readBigUInt64LE(40));
  const entrySize = program.readUInt16LE(58);
  const headers = Array.from({ length: program.readUInt16LE(60) }, (_, index) => table + index * entrySize);
  const names = Number(program.readBigUInt64LE((headers[program.readUInt16LE(62)] ?? 0) + 24));
  return headers.map((header) => {
    const start = names + program.readUInt32LE(header);
    return {
      name: program.toString('utf8', start, program.indexOf(0, start)), address: Number(program.readBigUInt64LE(header + 16)),
      offset: Number(program.readBigUInt64LE(header + 24)), size: Number(program.readBigUInt64LE(header + 32)),
    };
  });
}

function place(address: number): number {
  const section = sections.find((candidate) => candidate.address !== 0 && address >= candidate.address && address < candidate.address + candidate.size);
  if (section === undefined) throw new Error(`No section has ${address.toString(16)}.`);
  return section.offset + address - section.address;
}

function pointerAt(address: number): number {
  return Number(program.readBigUInt64LE(place(address)));
}

function kindOf(type: number): number {
  return program.readUInt8(place(type + 23)) & 31;
}

function nameOf(type: number): string {
  const { name } = readName(base + program.readInt32LE(place(type + 40)));
  const extraStar = (program.readUInt8(place(type + 20)) & 2) !== 0;
  return extraStar ? name.slice(1) : name;
}

function packageOf(struct: number): string {
  const uncommon = (program.readUInt8(place(struct + 20)) & 1) !== 0;
  return uncommon ? readName(base + program.readInt32LE(place(struct + 80))).name : '';
}

function readName(address: number): { name: string; tag: string } {
  let offset = place(address);
  const flags = program.readUInt8(offset);
  offset += 1;
  const read = (): string => {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = program.readUInt8(offset);
      offset += 1;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    offset += length;
    return program.toString('utf8', offset - length, offset);
  };
  const name = read();
  return { name, tag: (flags & 2) === 0 ? '' : read() };
}
