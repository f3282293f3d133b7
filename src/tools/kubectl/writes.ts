/** Who wrote an object when, and what of it differs from what was last applied. Pure, over the cluster's JSON. */
import { redactPatterns } from '../../redaction/patterns.ts';
import { placeholder } from '../../redaction/redactor.ts';
import { isSecretVariable } from '../../redaction/secret-names.ts';
import { child, lastApplied, nameOf, text } from '../readings/cluster/fields.ts';
import { changesOf } from '../readings/cluster/workload-objects.ts';
import type { ConfigSource } from './config-readers.ts';
import { fieldDifferences } from './field-differences.ts';

export interface Entry {
  /** RFC 3339; in whole seconds, as the cluster keeps them. */
  at: string;
  /** One or several lines. */
  text: string;
  /** It was written then. */
  about?: ConfigSource;
  /** It was made then, by this manager. */
  made?: { title: string; by: string };
}

export const titleOf = (object: unknown): string => `${text(object, 'kind').toLowerCase()} ${nameOf(object)}`;

/** Creation, deletion, and each manager's newest write since then, but for the status that controllers keep. */
export function writesOf(object: unknown, since: string): Entry[] {
  const title = titleOf(object);
  const created = text(object, 'metadata', 'creationTimestamp');
  const deleted = text(object, 'metadata', 'deletionTimestamp');
  const writes = changesOf(object).filter((one) => one.at !== '' && one.at !== created && one.at >= since && one.subresource !== 'status').flatMap((one): Entry[] => {
    const fields = one.fields.filter((field) => !bookkeeping.test(field));
    if (fields.every((field) => field.startsWith('status'))) return [];
    return [{ at: one.at, text: `${title}: last written by ${one.manager || 'an unnamed manager'}${one.subresource === undefined ? '' : ` (${one.subresource})`}; it owns ${ownedText(fields, object)}`, ...(text(object, 'kind') === 'ConfigMap' ? { about: { kind: 'configmap', name: nameOf(object) } } : {}) }];
  });
  const maker = changesOf(object).find((one) => one.at === created)?.manager;
  return [
    ...(created >= since && created !== '' ? [{ at: created, text: `${title}: created${maker === undefined ? '' : ` by ${maker}`}`, made: { title, by: maker ?? '' } }] : []),
    ...(deleted >= since && deleted !== '' ? [{ at: deleted, text: `${title}: is being deleted` }] : []),
    ...writes,
  ];
}

/** What `kubectl apply` noted against what is there, for the fields it noted. */
export function driftOf(object: unknown): string[] {
  const noted = lastApplied(object);
  if (noted === undefined) return [];
  return ['spec', 'data', 'rules', 'subjects', 'roleRef', 'webhooks'].flatMap((field) => {
    const applied = child(noted, field);
    if (applied === undefined) return [];
    return fieldDifferences({ [field]: applied }, { [field]: restrictedTo(applied, child(object, field), field) });
  });
}

/** The fields and list items of `live` that `applied` has too: defaults and what controllers add are no drift. */
function restrictedTo(applied: unknown, live: unknown, field: string): unknown {
  if (Array.isArray(applied)) {
    if (!Array.isArray(live) || applied.some((item) => typeof item !== 'object' || item === null)) return live;
    const named = live.every((item) => text(item, 'name') !== '');
    const partner = (item: unknown, index: number): unknown => (named ? applied.find((one) => text(one, 'name') === text(item, 'name')) : applied[index]);
    return live.map((item: unknown, index) => restrictedTo(partner(item, index) ?? item, item, field));
  }
  if (typeof applied !== 'object' || applied === null || typeof live !== 'object' || live === null) return live;
  if (maps.has(field)) return Object.fromEntries(Object.entries(live).filter(([key]) => !keptByJobs.test(key) || Object.hasOwn(applied, key)));
  return Object.fromEntries(Object.entries(applied).map(([key, value]) => [key, restrictedTo(value, child(live, key), key)]));
}

/** The Job controller's own labels. */
const keptByJobs = /^(?:batch\.kubernetes\.io\/)?(?:controller-uid|job-name)$/;
/** Their keys are a person's, and nobody adds one by default: one more is a change. */
const maps = new Set(['data', 'binaryData', 'selector', 'matchLabels', 'labels', 'nodeSelector', 'limits', 'hard', 'parameters']);

const bookkeeping = /^metadata\/(?:annotations\/(?:kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/.*)|annotations|labels|ownerReferences.*|generateName|finalizers.*)$/;
const mostFields = 12;
const longestValue = 120;

/** `data.POOL_SIZE (now "2"), spec.replicas (now 1)`; the API notes what a manager owns, not what its last write changed. */
function ownedText(fields: readonly string[], object: unknown): string {
  const few = fields.length <= mostFields;
  const shown = fields.slice(0, mostFields).map((field) => `${fieldText(field)}${few ? valueText(object, field) : ''}`).join(', ');
  return few ? shown : `${fields.length} fields: ${shown}, ...`;
}

/** `spec/ports/{"port":80,"protocol":"TCP"}/targetPort` as spec.ports[80 TCP].targetPort. */
function fieldText(field: string): string {
  return field.replace(/\/(\{[^}]*\})/g, (_whole, key: string) => `[${[...key.matchAll(/"[^"]*":"?([^",}]*)/g)].map((one) => one[1]).join(' ')}]`).replaceAll('/', '.');
}

function valueText(object: unknown, field: string): string {
  const path = field.split('/');
  const value = child(object, ...path);
  if (!['string', 'number', 'boolean'].includes(typeof value) || String(value).length > longestValue) return '';
  return ` (now ${isSecretVariable(path.at(-1) ?? '') ? placeholder : redactPatterns(JSON.stringify(value), placeholder)})`;
}
