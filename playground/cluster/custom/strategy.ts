/** How objects of a custom kind are written: defaults, generation, status behind its own door, validation by schema. */
import { isDeepStrictEqual } from 'node:util';
import { StatusError } from '../api/status.ts';
import type { StoredObject } from '../objects/object.ts';
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from '../objects/types.ts';
import type { FieldError, Strategy } from '../resources/resource.ts';
import { setSchemaDefaults } from '../schema/custom.ts';
import { compilePath } from './json-path.ts';
import { schemaErrors } from './validation.ts';

interface Parts {
  version: CustomResourceDefinitionVersion;
  schema: JSONSchemaProps;
  /** Of the version that is stored: `example.com/v1`. */
  storedAs: string;
  /** Its definition is being deleted. */
  terminating(): boolean;
}

export const customStrategy = ({ version, schema, storedAs, terminating }: Parts): Strategy => {
  const hasStatus = version.subresources?.status !== undefined && version.subresources.status !== null;
  const desired = (object: StoredObject): Record<string, unknown> => without(object, hasStatus ? [...head, 'status'] : head);
  const errors = (object: StoredObject): FieldError[] => [...nameErrors(object.metadata.name), ...schemaErrors(without(object, head), schema, '')];
  return {
    setDefaults: (object) => setSchemaDefaults(object, schema as Record<string, unknown>),
    prepareForCreate: (object) => {
      if (terminating()) {
        throw new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'create not allowed while custom resource definition is terminating' });
      }
      object.apiVersion = storedAs;
      if (hasStatus) delete object['status'];
      object.metadata.generation = 1;
    },
    prepareForUpdate: (next, previous) => {
      next.apiVersion = storedAs;
      if (hasStatus) {
        if (previous['status'] === undefined) delete next['status'];
        else next['status'] = structuredClone(previous['status']);
      }
      const generation = previous.metadata.generation ?? 1;
      next.metadata.generation = isDeepStrictEqual(desired(next), desired(previous)) ? generation : generation + 1;
    },
    validateCreate: errors,
    validateUpdate: errors,
    selectableFields: (object) => Object.fromEntries((version.selectableFields ?? []).map(({ jsonPath }) => {
      const [found] = compilePath(jsonPath)(object);
      return [jsonPath.replace(/^\./, ''), found === undefined || found === null ? '' : String(found)];
    })),
  };
};

const head = ['apiVersion', 'kind', 'metadata'];

const without = (object: StoredObject, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name, value]) => !names.includes(name) && value !== undefined));

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const nameErrors = (name: string): FieldError[] => {
  const invalid = (why: string): FieldError => ({ reason: 'FieldValueInvalid', field: 'metadata.name', detail: `Invalid value: ${JSON.stringify(name)}: ${why}` });
  if (name.length > 253) return [invalid('must be no more than 253 bytes')];
  return subdomain.test(name) ? [] : [invalid('a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \'-\' or \'.\', and must start and end with an alphanumeric character (e.g. \'example.com\', regex used for validation is \'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\')')];
};
