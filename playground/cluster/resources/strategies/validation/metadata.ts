/** Names, labels and annotations: the same rules for every kind. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../../../objects/object.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, immutable, invalidValue, required, tooLong } from './errors.ts';
import type { NameRule } from './names.ts';
import { labelValueProblems, nameProblems, qualifiedNameProblems } from './names.ts';

const annotationBytes = 256 * 1024;

export function validateMetadata({ metadata }: StoredObject, rule: NameRule, namespaced: boolean): FieldError[] {
  const { name, generateName, namespace } = metadata;
  return [
    ...(generateName === undefined || generateName === '' ? [] : nameProblems(generateName.replace(/-$/, 'a'), rule).map((problem) => invalidValue('metadata.generateName', generateName, problem))),
    ...((name ?? '') === '' ? [required('metadata.name', 'name or generateName is required')] : nameProblems(name, rule).map((problem) => invalidValue('metadata.name', name, problem))),
    ...(namespaced ? (namespace ?? '') === '' ? [required('metadata.namespace')] : nameProblems(namespace ?? '', 'label').map((problem) => invalidValue('metadata.namespace', namespace, problem)) : []),
    ...validateLabels(metadata.labels, 'metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'metadata.annotations'),
    ...(metadata.ownerReferences ?? []).flatMap((owner, index) => ([
      ...(owner.apiVersion ? [] : [invalidValue(`metadata.ownerReferences[${index}].apiVersion`, owner.apiVersion ?? '', 'version must not be empty')]),
      ...(owner.kind ? [] : [invalidValue(`metadata.ownerReferences[${index}].kind`, owner.kind ?? '', 'must not be empty')]),
      ...(owner.name ? [] : [invalidValue(`metadata.ownerReferences[${index}].name`, owner.name ?? '', 'must not be empty')]),
      ...(owner.uid ? [] : [invalidValue(`metadata.ownerReferences[${index}].uid`, owner.uid ?? '', 'must not be empty')]),
    ])),
    ...validateFinalizers(metadata.finalizers),
  ];
}

export function validateMetadataUpdate(next: StoredObject, previous: StoredObject): FieldError[] {
  const field = (name: 'name' | 'namespace'): FieldError[] => (next.metadata[name] === previous.metadata[name] ? [] : [immutable(`metadata.${name}`, next.metadata[name])]);
  const same = isDeepStrictEqual(next.metadata.labels, previous.metadata.labels) && isDeepStrictEqual(next.metadata.annotations, previous.metadata.annotations);
  return [
    ...field('name'), ...field('namespace'),
    ...(same ? [] : [...validateLabels(next.metadata.labels, 'metadata.labels'), ...validateAnnotations(next.metadata.annotations, 'metadata.annotations')]),
    ...validateFinalizers(next.metadata.finalizers),
  ];
}

export function validateLabels(labels: Record<string, string> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidValue(field, key, problem)),
    ...labelValueProblems(value).map((problem) => invalidValue(field, value, problem)),
  ]);
}

export function validateAnnotations(annotations: Record<string, string> | undefined, field: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidValue(field, key, problem))),
    ...(bytes > annotationBytes ? [tooLong(field, annotationBytes)] : []),
  ];
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion', 'customresourcecleanup.apiextensions.k8s.io']);

function validateFinalizers(finalizers: readonly string[] | undefined): FieldError[] {
  const both = finalizers?.includes('orphan') === true && finalizers.includes('foregroundDeletion');
  return [
    ...(finalizers ?? []).flatMap((finalizer) => [
      ...qualifiedNameProblems(finalizer).map((problem) => invalidValue('metadata.finalizers', finalizer, problem)),
      ...(finalizer.includes('/') || standardFinalizers.has(finalizer) ? [] : [invalidValue('metadata.finalizers', finalizer, 'name is neither a standard finalizer name nor is it fully qualified')]),
    ]),
    ...(both ? [forbiddenField('metadata.finalizers', `finalizer orphan and foregroundDeletion cannot be both set`)] : []),
  ];
}
