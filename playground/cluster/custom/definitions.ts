/** From a CustomResourceDefinition to what the API server serves: one entry per served version, the stored one first. */
import { createHash } from 'node:crypto';
import type { ObjectOf } from '../objects/object.ts';
import type { CustomResourceDefinitionNames, CustomResourceDefinitionVersion, JSONSchemaProps } from '../objects/types.ts';
import type { ResourceDefinition, Subresource, Verb } from '../resources/resource.ts';
import { customStrategy } from './strategy.ts';
import { customTable } from './table.ts';

export type CustomDefinition = ObjectOf<'customresourcedefinitions.apiextensions.k8s.io'>;

const verbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

export const definitionsOf = ({ spec }: CustomDefinition, terminating: () => boolean): ResourceDefinition[] => {
  const names = completeNames(spec.names);
  const stored = spec.versions.find(({ storage }) => storage) ?? spec.versions[0];
  const storedAs = `${spec.group}/${stored?.name ?? ''}`;
  return spec.versions.filter(({ served }) => served).sort((one, other) => Number(other.storage) - Number(one.storage)).map((version) => {
    const schema = schemaOf(version, spec.preserveUnknownFields === true);
    return {
      group: spec.group,
      version: version.name,
      plural: names.plural, singular: names.singular, kind: names.kind, listKind: names.listKind,
      namespaced: spec.scope === 'Namespaced',
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      verbs,
      subresources: subresourcesOf(version, names.kind),
      storageVersionHash: createHash('sha256').update(`${storedAs}/${names.kind}`).digest().subarray(0, 8).toString('base64'),
      shape: { openapi: schema as Record<string, unknown> },
      strategy: customStrategy({ version, schema, storedAs, terminating }),
      table: customTable(version.additionalPrinterColumns),
    };
  });
};

export const completeNames = (names: CustomResourceDefinitionNames): CustomResourceDefinitionNames & { singular: string; listKind: string } => ({
  ...names, singular: names.singular || names.kind.toLowerCase(), listKind: names.listKind || `${names.kind}List`,
});

/** Without a schema nothing is known, so everything is kept. */
const schemaOf = ({ schema }: CustomResourceDefinitionVersion, preserve: boolean): JSONSchemaProps => {
  const found = schema?.openAPIV3Schema;
  if (found === undefined) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return preserve ? { ...found, 'x-kubernetes-preserve-unknown-fields': true } : found;
};

const subresourcesOf = ({ subresources }: CustomResourceDefinitionVersion, kind: string): Subresource[] => {
  const inner = (path: string): string => path.replace(/^\./, '');
  const { status, scale } = subresources ?? {};
  return [
    ...(status === undefined || status === null ? [] : [{ name: 'status', kind, verbs: ['get', 'patch', 'update'] as const }]),
    ...(scale === undefined ? [] : [{
      name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] as const,
      scale: {
        specReplicas: inner(scale.specReplicasPath), statusReplicas: inner(scale.statusReplicasPath),
        ...(scale.labelSelectorPath ? { selector: inner(scale.labelSelectorPath) } : {}),
      },
    }]),
  ];
};
