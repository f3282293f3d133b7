import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { withAppliedNote } from '../../../playground/cluster/applied-note.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

test('each object carries what was applied, as kubectl writes it', () => {
  const documents = parseAllDocuments(withAppliedNote('{ kind: ConfigMap, apiVersion: v1, metadata: { name: settings }, data: { b: "2", a: "1" } }\n---\n{ apiVersion: v1, kind: Namespace, metadata: { name: shop, annotations: { team: sales } } }\n', 'shop')).map((one) => one.toJS() as { metadata: { namespace?: string; annotations: Record<string, string> } });
  expect(documents.map(({ metadata }) => metadata.annotations[annotation])).toEqual([
    '{"apiVersion":"v1","data":{"a":"1","b":"2"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"settings","namespace":"shop"}}\n',
    '{"apiVersion":"v1","kind":"Namespace","metadata":{"annotations":{"team":"sales"},"name":"shop"}}\n',
  ]);
  expect(documents[1]?.metadata.annotations['team']).toBe('sales');
});
