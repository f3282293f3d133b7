import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionSchema } from '../../../src/changes/action.ts';
import { explain } from '../../../src/rules/causal.ts';
import { gapsOf } from '../../../src/rules/coverage.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { ruledOut } from '../../../src/rules/ruled-out.ts';
import { recordedJson } from '../../tools/kubectl/support.ts';
import { broken, service as serviceReading, targets, times } from '../readings-support.ts';
import { ago, configMap, crashing, deployment, event, read, service } from './objects.ts';

const folder = new URL('../../fixtures/kubernetes-1.36/', import.meta.url);

/** Every object in a transcript's answers. */
function recorded(file: string): Record<string, unknown>[] {
  const commands = [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^\$ (.* -o json)$/gm)].map((match) => match[1] ?? '');
  return commands.flatMap((command) => {
    const text = recordedJson(file, command).trim();
    if (!text.startsWith('{')) return [];
    const parsed = JSON.parse(text) as { items?: Record<string, unknown>[] };
    return parsed.items ?? [parsed as Record<string, unknown>];
  });
}

const real = [...recorded('objects.json.txt'), ...recorded('pods.json.txt')];
const events = recorded('events.json.txt');

test('a real namespace: each pod that failed is found, in the cluster\'s own words', async () => {
  const readings = await read(real, { events });
  const cluster = readings.clusters?.[0];
  const newest = events.map((one) => String(one['lastTimestamp'] ?? '')).sort().at(-1) ?? '';
  for (const namespace of cluster?.namespaces ?? []) namespace.at = newest;
  const found = detectAll(readings, targets()).map(({ finding }) => finding);
  expect(readings.clusters?.[0]?.namespaces[0]?.pods.value.length).toBeGreaterThan(5);
  expect(found.length).toBeGreaterThan(0);
  for (const { quotes } of found) expect(quotes.length).toBeGreaterThan(0);
  expect(found.map((one) => `${one.resource} ${one.mechanism}`).sort()).toMatchInlineSnapshot(`
    [
      "deployment/shop/checkout crash-loop",
      "deployment/shop/payments registry-unreachable",
      "job/shop/migrate job-failed",
      "kube-service/shop/catalog selector-changed",
      "persistentvolumeclaim/shop/orders-data storage-class-missing",
    ]
  `);
});

const leaf = fc.constantFrom<unknown>(null, '', 'x', -1, 0, 1e20, true, [], {}, [null], [[]], '__proto__', '0', 'a/b', '\u202e', ago(5));

/** The object with one field somewhere replaced, removed or put where it does not belong. */
function mutilate(value: unknown, path: readonly number[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== 'object' || value === null) return by;
  if (Array.isArray(value)) return value.length === 0 ? [by] : value.map((one, index) => (index === first % value.length ? mutilate(one, rest, by) : one));
  const keys = Object.keys(value);
  return keys.length === 0 ? { x: by } : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === keys[first % keys.length] ? mutilate(one, rest, by) : one]));
}

const made = [
  ...deployment('api', [{ environment: { DB_URL: 'http://store:80' } }, { from: ['api-config'], memory: '16Mi' }]), crashing('api', { revision: 2 }), ...service('api', { selector: { app: 'ap' }, ready: 0 }), configMap('api-config', { A: 'b' }, { changed: ['A'] }), ...deployment('store', [{}], { replicas: 0 }), ...service('store', { ready: 0 }),
];

const noted = (object: Record<string, unknown>, asApplied: object, fields: object): Record<string, unknown> => ({
  ...object, metadata: { ...(object['metadata'] as object), annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(asApplied) }, managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: ago(60), fieldsV1: fields }] },
});

/** Changed by hand, of an operator, refused, kept from going: what the rules of these look at. */
const changed = [
  noted(configMap('web-config', { MODE: 'b', PORT: '1' }), { data: { MODE: 'a' } }, { 'f:data': { 'f:MODE': {}, 'f:PORT': {} } }),
  noted({ kind: 'NetworkPolicy', metadata: { name: 'web' }, spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }] } }, { spec: { egress: [{}] } }, { 'f:spec': { 'f:egress': {} } }),
  ...deployment('web', [{ from: ['web-config'] }], { replicas: 2 }), crashing('web', { parts: { from: ['web-config'] } }),
  { kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } }, status: { currentHealthy: 2, desiredHealthy: 2, expectedPods: 2, disruptionsAllowed: 0 } },
  { kind: 'ServiceAccount', metadata: { name: 'op' } }, { kind: 'Role', metadata: { name: 'op' }, rules: [{ apiGroups: ['offers.example'], resources: ['offers'], verbs: ['list'] }] }, { kind: 'RoleBinding', metadata: { name: 'op' }, roleRef: { kind: 'Role', name: 'op' }, subjects: [{ kind: 'ServiceAccount', name: 'op', namespace: 'shop' }] },
];
const offer = noted({ kind: 'Offer', apiVersion: 'offers.example/v1', metadata: { name: 'one', generation: 2 }, spec: { percent: 90 }, status: { phase: 'Invalid', observedGeneration: 1, conditions: [{ type: 'Ready', status: 'False', reason: 'Bad', message: 'no', lastTransitionTime: ago(30) }] } }, { spec: { percent: 9 } }, { 'f:spec': { 'f:percent': {} } });

test('whatever the objects hold, no rule throws, every quote is in its evidence, and every remedy is a valid action', async () => {
  const all = [...made, ...changed, ...real.filter((one) => one['kind'] !== 'ReplicaSet').slice(0, 12)] as Record<string, unknown>[];
  const happened = [...events.slice(0, 20), event('Pod', 'api-r2-abcde', 'BackOff', 'Back-off')];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(200), fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), leaf), { minLength: 1, maxLength: 6 }), async (wounds) => {
      const objects: unknown[] = [...all];
      for (const [which, path, by] of wounds) objects[which % objects.length] = mutilate(objects[which % objects.length], path, by);
      const readings = await read(objects, { events: happened.map((one, index) => (index === wounds[0]?.[0] ? (mutilate(one, wounds[0][1], wounds[0][2]) as typeof one) : one)), logs: { 'api-r2-abcde': ['Error: A is wrong'], 'web-r1-abcde': ['Error: getaddrinfo EAI_AGAIN store', 'configmaps is forbidden: User "system:serviceaccount:shop:op" cannot list resource "configmaps" in API group ""'] }, custom: [mutilate(offer, wounds[0]?.[1] ?? [0], wounds[0]?.[2]) as typeof offer], services: [serviceReading('api', { samples: times(6, broken('no store', 502)) })] });
      const known = targets([{ name: 'api' }]);
      const found = detectAll(readings, known).map(({ finding }) => finding);
      const texts = new Map(JSON.stringify(readings) === '' ? [] : evidenceIn(readings).map(({ id, text }) => [id, text]));
      for (const finding of found) {
        for (const { evidence, quote } of finding.quotes) expect(texts.get(evidence)).toContain(quote);
        const issues = finding.remedy === undefined ? [] : (actionSchema.safeParse(finding.remedy).error?.issues ?? []);
        // The names of mutilated objects may be no names; what the rules write themselves must be right.
        expect(issues.filter((issue) => !['name', 'container', 'key', 'image', 'release'].includes(String(issue.path[0])))).toEqual([]);
      }
      explain(found, known, ['api']);
      ruledOut(readings, found);
      gapsOf(readings);
    }),
    { numRuns: 150 },
  );
});

function evidenceIn(value: unknown): { id: string; text: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('id' in value && 'text' in value && 'tool' in value) return [value as { id: string; text: string }];
  return Object.values(value).flatMap(evidenceIn);
}
