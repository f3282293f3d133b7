import { expect, test } from 'vitest';
import { differencesText, valuesText } from '../../../src/tools/helm/values.ts';

const values = (more: object = {}): string => JSON.stringify({
  image: { tag: 'v2' }, auth: { password: 'hunter2', existingSecret: 'db-auth' }, secrets: { db: 'hunter2', list: ['hunter2'] }, apiKey: 'hunter2', url: 'postgres://app:hunter2@db/shop', pin: { token: 12345 },
  env: [{ name: 'MODE', value: 'fast' }, { name: 'DB_PASSWORD', value: 'hunter2' }], imagePullSecrets: [{ name: 'registry' }], replicas: 2, empty: { password: '' }, ...more,
});

test('values that look secret by name or content are hidden, names of Secrets are not', () => {
  const text = valuesText(values());
  expect(text).not.toMatch(/hunter2|12345/);
  for (const line of ['  tag: v2', '  existingSecret: db-auth', '    value: fast', '  - name: registry', 'replicas: 2', 'url: postgres://app:[redacted]@db/shop', '  - name: DB_PASSWORD']) expect(text.split('\n')).toContain(line);
});

test('what changed between revisions', () => {
  expect(differencesText(values(), values({ replicas: 3, apiKey: 'hunter3', env: [{ name: 'MODE', value: 'slow' }, { name: 'DB_PASSWORD', value: 'hunter2' }] })).split('\n').toSorted())
    .toEqual(['apiKey: differs, and both values are hidden', 'env[MODE].value: was "fast", is "slow"', 'replicas: was 2, is 3']);
  expect(differencesText(values(), values())).toBe('(the values are the same)');
  expect(valuesText('null')).toMatch(/no values were given/);
});
