/** What a request is about, typed. */
import type { KnownKey, ObjectOf } from '../objects/object.ts';
import { keyOf } from '../resources/resource.ts';
import type { AdmissionRequest } from './admission.ts';

/** The object of a create (or update) of this kind itself, not of a subresource. A private copy: change it in place. */
export const written = <K extends KnownKey>(request: AdmissionRequest, resource: K, ...operations: AdmissionRequest['operation'][]): ObjectOf<K> | undefined =>
  request.subresource === undefined && operations.includes(request.operation) && keyOf(request.definition) === resource
    ? request.object as ObjectOf<K> | undefined
    : undefined;

export const created = <K extends KnownKey>(request: AdmissionRequest, resource: K): ObjectOf<K> | undefined => written(request, resource, 'CREATE');
