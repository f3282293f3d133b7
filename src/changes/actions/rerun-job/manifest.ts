/** The Job that runs what another ran: its template, without what tied it to that run. */
import { createHash } from 'node:crypto';
import { isSecretName } from '../../../redaction/secret-names.ts';
import { redactPatterns } from '../../../redaction/patterns.ts';
import { canonicalJson } from '../../canonical-json.ts';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import { secretAt } from '../kubectl/masking.ts';
import { belongsToController } from '../kubectl/metadata-keys.ts';
import { listAt, nameOf, textsAt, uidOf } from '../kubectl/objects.ts';

/** Says which object a Job of ours was made from. */
export const sourceAnnotation = 'sre-agent/rerun-of';

/** Long enough to see how it ended. */
const shortestTimeToLive = 3600;

/** `template`: the spec of a Job, from the Job itself or from a CronJob's template. Throws RefusedError for one that must not be copied. */
export function manifestOf(source: JsonObject, specification: JsonObject, name: string, namespace: string): JsonObject {
  const { selector: _selector, manualSelector: _manual, suspend: _suspend, template, managedBy, ttlSecondsAfterFinished, ...rest } = specification;
  if (managedBy !== undefined && managedBy !== 'kubernetes.io/job-controller') throw new RefusedError('Another controller than that of Jobs runs it (spec.managedBy): run it again there.');
  if (!isObject(template)) throw new RefusedError('It has no pod template.');
  const { labels, ...metadata } = isObject(template['metadata']) ? template['metadata'] : {};
  const manifest: JsonObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: without(textsAt(source, '/metadata/labels'), belongsToController), annotations: { [sourceAnnotation]: uidOf(source) } },
    spec: {
      ...rest,
      ...(typeof ttlSecondsAfterFinished === 'number' && { ttlSecondsAfterFinished: Math.max(ttlSecondsAfterFinished, shortestTimeToLive) }),
      template: { ...template, metadata: { ...withoutTime(metadata), labels: without(isObject(labels) ? labels : {}, (key) => ties.has(key)) } },
    },
  };
  refuseSecrets(manifest);
  return manifest;
}

/** As it goes in by stdin, and as people see it: nothing that is not plain ASCII. */
export function manifestText(manifest: JsonObject): string {
  return JSON.stringify(manifest, null, 2).replaceAll(/[^\x20-\x7e\n]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The first `NAME-rerun-1`, `-2`, ... that no Job has. Names of Jobs are labels of their pods: 63 characters. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const base = name.slice(0, 50).replace(/[-.]+$/, '');
  for (let number = 1; number <= 99; number += 1) {
    const candidate = `${base}-rerun-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
  throw new RefusedError(`There are 99 reruns of ${name} already: delete some first.`);
}

/** What the server made of it, without what ties it to its run: that is another one for a dry run. */
export function fingerprintOf(job: JsonObject): string {
  const { selector: _selector, template, ...rest } = withObject(job['spec']);
  const { metadata, ...pods } = withObject(template);
  const { labels, ...others } = withObject(metadata);
  const stored = { ...rest, pods, metadata: withoutTime(others), labels: without(withObject(labels), (key) => ties.has(key)) };
  return createHash('sha256').update(canonicalJson(stored)).digest('hex').slice(0, 16);
}

export function hasEnded(job: JsonObject): 'Complete' | 'Failed' | undefined {
  const end = listAt(job, '/status/conditions').find((condition) => (condition['type'] === 'Complete' || condition['type'] === 'Failed') && condition['status'] === 'True');
  return end === undefined ? undefined : end['type'] === 'Complete' ? 'Complete' : 'Failed';
}

const ties = new Set(['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name']);

const without = (pairs: JsonObject, leave: (key: string) => boolean): JsonObject => Object.fromEntries(Object.entries(pairs).filter(([key]) => !leave(key)));

const withObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** kubectl prints the empty creation time of a template. */
const withoutTime = ({ creationTimestamp: _time, ...metadata }: JsonObject): JsonObject => metadata;

function refuseSecrets(manifest: JsonObject): void {
  const words = (what: string) => new RefusedError(`Its template holds ${what}, which looks like a secret: sre-agent neither shows nor carries secrets. Run it by hand, or keep the value in a Secret and reference it.`);
  const secret = secretAt(manifest, '/spec');
  if (secret !== undefined) throw words(`the value of ${secret}`);
  for (const text of textsIn(manifest)) {
    const flag = /^--?([\w-]+)[= ]./.exec(text)?.[1];
    if ((flag !== undefined && isSecretName(flag)) || redactPatterns(text, '') !== text) throw words(`an argument of ${nameOf(manifest)}`);
  }
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}
