/**
 * One object as YAML, as `kubectl get -o yaml` shows it. It is read as JSON, because JSON can be redacted by structure
 * (a value beside a name that says password); then what only machines read is left out.
 */
import { stringify } from 'yaml';
import { redactJson } from '../../redaction/json.ts';
import { placeholder } from '../../redaction/redactor.ts';

const longestAnnotation = 300;
/** The record of evidence shows head and tail of what is long and keeps all of it: a file in a ConfigMap must be there whole for whoever changes one field. */
const longestText = 200_000;

/** Throws SyntaxError when it is not JSON. */
export function objectAsYaml(json: string): string {
  // Parsed first: what is not JSON would pass the redaction of structure untouched.
  JSON.parse(json);
  const object = JSON.parse(redactJson(json, placeholder)) as unknown;
  return stringify(prune(object, []), { lineWidth: 0 }).trimEnd();
}

function prune(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'string') return shorten(value, path.at(-2) === 'annotations' ? longestAnnotation : longestText);
  if (Array.isArray(value)) return value.filter((item) => !isServiceAccountMount(item)).map((item) => prune(item, path));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, child]) => child !== null && !(machinesOnly.has(key) && path.at(-1) === 'metadata') && key !== lastApplied);
  return Object.fromEntries(kept.map(([key, child]) => [key, prune(child, [...path, key])]));
}

const machinesOnly = new Set(['managedFields', 'selfLink']);
/** Repeats the object, Secret data included. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Every pod has the projected token volume and a mount of it in every container. */
function isServiceAccountMount(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const { name, mountPath, projected } = item as { name?: unknown; mountPath?: unknown; projected?: unknown };
  return typeof name === 'string' && name.startsWith('kube-api-access-') && (mountPath === '/var/run/secrets/kubernetes.io/serviceaccount' || projected !== undefined);
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')} [... ${text.length - limit} characters left out]`;
}
