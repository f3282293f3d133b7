/** What is wrong with a CustomResourceDefinition, in Kubernetes' words. */
import type { FieldError } from '../resources/resource.ts';
import type { CustomDefinition } from './definitions.ts';

export const definitionErrors = ({ metadata, spec }: CustomDefinition): FieldError[] => {
  const { names, group, scope } = spec;
  const versions = spec.versions ?? [];
  return [
    ...(metadata.name === `${names.plural}.${group}` ? [] : [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...(group === '' ? [required('spec.group')] : group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]),
    ...(['Cluster', 'Namespaced'].includes(scope) ? [] : scope === '' ? [required('spec.scope')] : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]),
    ...(versions.filter(({ storage }) => storage).length === 1 ? [] : [invalid('spec.versions', versions.map(({ name }) => name), 'must have exactly one version marked as storage version')]),
    ...versions.flatMap(({ name, schema }, index) => [
      ...(label.test(name) ? [] : [invalid(`spec.versions[${index}].name`, name, labelText)]),
      ...(schema?.openAPIV3Schema === undefined && spec.preserveUnknownFields !== true ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required')] : []),
    ]),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((part) => (names[part] ? [] : [required(`spec.names.${part}`)])),
    ...(names.plural === '' || label.test(names.plural) ? [] : [invalid('spec.names.plural', names.plural, labelText)]),
    ...(names.kind !== '' && names.kind === names.listKind ? [invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same')] : []),
  ];
};

/** Names that are served already stay. */
export const definitionUpdateErrors = (next: CustomDefinition, previous: CustomDefinition): FieldError[] => {
  const established = previous.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true;
  const fixed: [string, string, string][] = [
    ['spec.group', next.spec.group, previous.spec.group],
    ['spec.names.plural', next.spec.names.plural, previous.spec.names.plural],
    ...(established ? [['spec.scope', next.spec.scope, previous.spec.scope], ['spec.names.kind', next.spec.names.kind, previous.spec.names.kind]] as [string, string, string][] : []),
  ];
  const before = previous.status?.storedVersions ?? [];
  return [
    ...fixed.filter(([, now, old]) => now !== old).map(([field, now]) => invalid(field, now, 'field is immutable')),
    ...before.filter((version) => !next.spec.versions.some(({ name }) => name === version))
      .map((version) => invalid(`status.storedVersions[${before.indexOf(version)}]`, version, 'missing from spec.versions; '
        + `${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`)),
  ];
};

const label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelText = 'a DNS-1035 label must consist of lower case alphanumeric characters or \'-\', start with an alphabetic character, and end with an alphanumeric character (e.g. \'my-name\',  or \'abc-123\', regex used for validation is \'[a-z]([-a-z0-9]*[a-z0-9])?\')';

const invalid = (field: string, value: unknown, why: string): FieldError => ({ reason: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(value)}: ${why}` });
const required = (field: string, why = ''): FieldError => ({ reason: 'FieldValueRequired', field, detail: why === '' ? 'Required value' : `Required value: ${why}` });
const notSupported = (field: string, value: string, allowed: readonly string[]): FieldError =>
  ({ reason: 'FieldValueNotSupported', field, detail: `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed.map((name) => JSON.stringify(name)).join(', ')}` });
