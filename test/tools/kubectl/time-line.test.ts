import { describe, expect, test } from 'vitest';
import { driftLines, secretEntries, timeLine } from '../../../src/tools/kubectl/time-line.ts';
import { recorded, recordedJson } from './support.ts';

const list = (file: string, command: string): unknown[] => (JSON.parse(recordedJson(file, command)) as { items: unknown[] }).items;
const since = '2026-11-22T11:00:00Z';

describe('the time line of a real namespace', () => {
  const events = list('events.json.txt', 'kubectl -n shop get events -o json');
  const objects = [
    JSON.parse(recordedJson('objects.json.txt', 'kubectl -n shop get deploy/checkout -o json')) as unknown,
    ...(JSON.parse(recorded('objects.json.txt', 'kubectl -n shop get rs -o json').output) as { items: unknown[] }).items, ...list('pods.json.txt', 'kubectl -n shop get pod -l app=cart -o json'),
  ];
  const lines = timeLine({ objects, events, since });

  test('holds revisions, ended containers and warnings, newest first', () => {
    const times = lines.map((line) => line.slice(0, 20));
    expect(times).toEqual(times.toSorted().toReversed());
    expect(lines.every((line) => /^2026-11-22T11:\d\d:\d\dZ \S/.test(line))).toBe(true);
    expect(lines.some((line) => /deployment checkout: revision 2 against revision 1/.test(line))).toBe(true);
    expect(lines.some((line) => /pod cart-\S+: container cart ended with exit code 137 \(OOMKilled\)/.test(line))).toBe(true);
    expect(lines.some((line) => /event BackOff of pod cart-\S+.*Back-off restarting failed container/.test(line))).toBe(true);
  });

  test('is empty for the time after it', () => expect(timeLine({ objects, events, since: '2026-11-23T00:00:00Z' })).toEqual([]));
});

const written = (data: Record<string, string>, applied: Record<string, string>): object => ({
  kind: 'ConfigMap', data,
  metadata: {
    name: 'settings', creationTimestamp: '2026-11-22T10:00:00Z', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: applied }) },
    managedFields: [
      { manager: 'kubectl-client-side-apply', time: '2026-11-22T10:00:00Z', fieldsV1: { 'f:data': { '.': {}, 'f:MODE': {} } } },
      { manager: 'kubectl-edit', time: '2026-11-22T11:30:00Z', fieldsV1: { 'f:data': { 'f:POOL_SIZE': {}, 'f:API_TOKEN': {} } } },
    ],
  },
});

test('a write tells who, when, which fields and what they hold now; secrets stay hidden', () => {
  const objects = [written({ MODE: 'a', POOL_SIZE: '2', API_TOKEN: 'hunter2' }, { MODE: 'a', POOL_SIZE: '20', API_TOKEN: 'hunter1' })];
  expect(timeLine({ objects, events: [], since })).toEqual(['2026-11-22T11:30:00Z configmap settings: last written by kubectl-edit; it owns data.POOL_SIZE (now "2"), data.API_TOKEN (now [redacted])']);
  expect(driftLines(objects)).toEqual(['configmap settings: data.POOL_SIZE: was "20", is "2"', 'configmap settings: data.API_TOKEN: differs, and both values are hidden']);
});

test('who reads a ConfigMap that was written, and whether what runs has read it since', () => {
  const spec = { containers: [{ name: 'main', image: 'a:1', envFrom: [{ configMapRef: { name: 'settings' } }] }] };
  const labels = { app: 'front' };
  const deployment = { kind: 'Deployment', metadata: { name: 'front' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } } };
  const pod = (name: string, startedAt: string): object => ({ kind: 'Pod', metadata: { name, labels }, spec, status: { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: { startedAt } } }] } });
  const told = (...pods: object[]): string | undefined => timeLine({ objects: [written({ POOL_SIZE: '2' }, { POOL_SIZE: '2' }), deployment, ...pods], events: [], since }).find((line) => line.includes('settings'))?.split('\n    ')[1];
  expect(told(pod('a', '2026-11-22T11:00:00Z'), pod('b', '2026-11-22T11:40:00Z'))).toBe('read by deployment front (environment): 1 of its 2 pods started before this write, with what it held then in the environment');
  expect(told(pod('b', '2026-11-22T11:40:00Z'))).toBe('read by deployment front (environment): its one pod started since and read it as it is now');
  expect(told()).toBe('read by deployment front (environment): it has no pods');
});

test('long messages are cut between words, and half a word is never shown', () => {
  const event = (message: string): object => ({ kind: 'Event', metadata: { name: 'e' }, type: 'Warning', reason: 'Failed', involvedObject: { kind: 'Pod', name: 'a-1' }, lastTimestamp: '2026-11-22T11:30:00Z', message });
  expect(timeLine({ objects: [], events: [event(`why ${'x'.repeat(400)}`)], since })).toEqual(['2026-11-22T11:30:00Z event Failed of pod a-1: why [...]']);
  expect(timeLine({ objects: [], events: [event('x'.repeat(400))], since })).toEqual(['2026-11-22T11:30:00Z event Failed of pod a-1: [...]']);
});

test('defaults that the server adds are no drift; a key more in a map is', () => {
  const applied = { spec: { podSelector: { matchLabels: { app: 'a' } }, ingress: [{ ports: [{ port: 80 }] }] } };
  const policy = (labels: object): object => ({ kind: 'NetworkPolicy', metadata: { name: 'p', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) } }, spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] } });
  expect(driftLines([policy({ app: 'a' })])).toEqual([]);
  expect(driftLines([policy({ app: 'a', tier: 'b' })])).toEqual(['networkpolicy p: spec.podSelector.matchLabels.tier: was (none), is "b"']);
});

test('Secrets: names and times alone, releases of Helm left out', () => {
  const table = ['NAME   VERSION   CREATED   WRITTEN', 'db 12 2026-11-22T10:00:00Z 2026-11-22T10:00:00Z,2026-11-22T11:10:00Z', 'old 3 2026-11-22T10:00:00Z <none>', 'sh.helm.release.v1.a.v1 4 2026-11-22T11:10:00Z <none>'].join('\n');
  expect(secretEntries(table, since)).toEqual([{ at: '2026-11-22T11:10:00Z', text: 'secret db: written (version 12; its contents are never read)', about: { kind: 'secret', name: 'db' } }]);
});

test('an installation is one entry, and a name leaves out what is not about it', () => {
  const made = (name: string, second: number): object => ({ kind: 'Service', metadata: { name, creationTimestamp: `2026-11-22T11:30:0${second}Z`, managedFields: [{ manager: 'helm', time: `2026-11-22T11:30:0${second}Z`, fieldsV1: {} }] } });
  const objects = ['a', 'b', 'c', 'd', 'shipping'].map(made);
  expect(timeLine({ objects, events: [], since })).toEqual(['2026-11-22T11:30:04Z 5 objects created by helm: service a, service b, service c, service d, service shipping']);
  expect(timeLine({ objects: objects.slice(0, 2), events: [], since })).toHaveLength(2);
  expect(timeLine({ objects, events: [], since, name: 'shipping' })).toEqual(['2026-11-22T11:30:04Z service shipping: created by helm']);
});

test('what the Job controller adds to its pods is no drift', () => {
  const applied = { spec: { template: { metadata: { labels: { app: 'migrate' } } } } };
  const job = (labels: object): object => ({ kind: 'Job', metadata: { name: 'migrate', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) } }, spec: { template: { metadata: { labels } } } });
  expect(driftLines([job({ app: 'migrate', 'controller-uid': 'f3', 'job-name': 'migrate', 'batch.kubernetes.io/job-name': 'migrate' })])).toEqual([]);
  expect(driftLines([job({ app: 'migrate', tier: 'b' })])).toEqual(['job migrate: spec.template.metadata.labels.tier: was (none), is "b"']);
});
