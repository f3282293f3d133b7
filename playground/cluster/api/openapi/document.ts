/** OpenAPI v3, one document for each group version: what kubectl explain, apply and helm look things up in. */
import { createHash } from 'node:crypto';
import type { ResourceDefinition, ResourceRegistry } from '../../resources/resource.ts';
import { sendJson, sendText } from '../http/answer.ts';
import type { PathHandler } from '../http/handler.ts';
import { groupVersionPath, schemaName, schemasOf } from './schemas.ts';

interface Document {
  text: string;
  hash: string;
}

export function openapiPaths(registry: ResourceRegistry): PathHandler {
  const cache = new Map<string, { definitions: readonly ResourceDefinition[]; document: Document }>();
  const byPath = (): Map<string, ResourceDefinition[]> => {
    const groups = new Map<string, ResourceDefinition[]>();
    for (const definition of registry.all()) {
      const path = groupVersionPath(definition);
      groups.set(path, [...(groups.get(path) ?? []), definition]);
    }
    return groups;
  };
  const documentOf = (path: string, definitions: readonly ResourceDefinition[]): Document => {
    const cached = cache.get(path);
    if (cached !== undefined && cached.definitions.length === definitions.length && cached.definitions.every((one, index) => one === definitions[index])) return cached.document;
    const text = JSON.stringify(build(definitions));
    const document = { text, hash: createHash('sha512').update(text).digest('hex').toUpperCase() };
    cache.set(path, { definitions, document });
    return document;
  };
  return (exchange) => {
    const path = exchange.path.replace(/\/$/, '');
    if (path === '/openapi/v3') {
      const paths = [...byPath()].map(([name, definitions]) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${documentOf(name, definitions).hash}` }]);
      sendJson(exchange, 200, { paths: Object.fromEntries(paths) as unknown });
      return true;
    }
    const name = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : '';
    const definitions = byPath().get(name);
    if (definitions === undefined) return false;
    const { text, hash } = documentOf(name, definitions);
    exchange.response.setHeader('etag', `"${hash}"`);
    sendText(exchange, 200, text);
    return true;
  };
}

function build(definitions: readonly ResourceDefinition[]): unknown {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths: Object.fromEntries(definitions.flatMap(pathsOf)),
    components: { schemas: schemasOf(definitions) },
  };
}

const query = (name: string): unknown => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const writeParameters = [query('dryRun'), query('fieldManager'), query('fieldValidation')];

function pathsOf(definition: ResourceDefinition): [string, unknown][] {
  const base = `/${groupVersionPath(definition)}${definition.namespaced ? '/namespaces/{namespace}' : ''}/${definition.plural}`;
  const operation = (action: string, extra: object = {}): object => ({
    ...extra,
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(definition)}` } } } } },
    'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group: definition.group, version: definition.version, kind: definition.kind },
  });
  const write = { parameters: writeParameters };
  const can = (verb: ResourceDefinition['verbs'][number]): boolean => definition.verbs.includes(verb);
  const collection = { ...(can('list') ? { get: operation('list') } : {}), ...(can('create') ? { post: operation('post', write) } : {}) };
  const item = {
    ...(can('get') ? { get: operation('get') } : {}), ...(can('update') ? { put: operation('put', write) } : {}),
    ...(can('patch') ? { patch: operation('patch', { parameters: [...writeParameters, query('force')] }) } : {}), ...(can('delete') ? { delete: operation('delete', { parameters: [query('dryRun')] }) } : {}),
  };
  return [[base, collection], [`${base}/{name}`, item]];
}
