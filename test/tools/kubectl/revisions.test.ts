import { describe, expect, test } from 'vitest';
import { fieldDifferences } from '../../../src/tools/kubectl/field-differences.ts';
import { comparison, history } from '../../../src/tools/kubectl/rollout-history.ts';
import { revisedWorkloads } from '../../../src/tools/kubectl/revisions.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { cluster, recorded, recordedJson, recordedRun, use } from './support.ts';

const container = (more: object): object => ({ spec: { containers: [{ name: 'api', image: 'a:1', ...more }] } });

describe('fields that differ', () => {
  test.each([
    ['a variable', container({ env: [{ name: 'A', value: '1' }, { name: 'B', value: 'x' }] }), container({ env: [{ name: 'B', value: 'x' }, { name: 'A', value: '2' }] }), ['spec.containers[api].env[A].value: was "1", is "2"']],
    ['a new variable', container({}), container({ env: [{ name: 'A', value: '1' }] }), ['spec.containers[api].env: was (none), is [{"name":"A","value":"1"}]']],
    ['a variable that is gone', container({ env: [{ name: 'A', value: '1' }, { name: 'B', value: 'x' }] }), container({ env: [{ name: 'B', value: 'x' }] }), ['spec.containers[api].env[A]: was "1", is (none)']],
    ['host aliases', { spec: { hostAliases: [{ ip: '10.0.0.1', hostnames: ['store'] }] } }, { spec: {} }, ['spec.hostAliases: was [{"ip":"10.0.0.1","hostnames":["store"]}], is (none)']],
    ['DNS', { spec: { dnsConfig: { options: [{ name: 'ndots', value: '5' }] } } }, { spec: { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } } }, ['spec.dnsConfig.options[ndots].value: was "5", is "1"']],
    ['a probe', container({ readinessProbe: { httpGet: { port: 80, path: '/a' } } }), container({ readinessProbe: { httpGet: { port: 81, path: '/a' } } }), ['spec.containers[api].readinessProbe.httpGet.port: was 80, is 81']],
    ['a command, as it is typed', container({ command: ['/bin/api', '--slow', 'yes'] }), container({ command: ['/bin/api', '--slow', 'no'] }), ['spec.containers[api].command: was /bin/api --slow yes, is /bin/api --slow no']],
    ['the order of mounts alone', container({ volumeMounts: [{ name: 'v', mountPath: '/a' }, { name: 'v', mountPath: '/b' }] }), container({ volumeMounts: [{ name: 'v', mountPath: '/b' }, { name: 'v', mountPath: '/a' }] }), ['spec.containers[api].volumeMounts: only the order differs']],
    ['nothing: absent and empty are alike', container({ resources: {} }), container({}), []],
  ])('%s', (_what, before, after, lines) => expect(fieldDifferences(before, after)).toEqual(lines));

  test('values that look secret are compared and not shown', () => {
    const of = (value: string, url: string): object => container({ env: [{ name: 'DB_PASSWORD', value }, { name: 'STORE', value: url }], args: ['--token', value] });
    const lines = fieldDifferences(of('hunter2-old', 'postgres://app:hunter2-old@db/a'), of('hunter2-new', 'postgres://app:hunter2-new@db/b')).join('\n');
    expect(lines).not.toMatch(/hunter2/);
    expect(lines).toMatch(/env\[DB_PASSWORD\]\.value: differs, and both values are hidden/);
    expect(lines).toMatch(/env\[STORE\]\.value: was "postgres:\/\/app:\[redacted\]@db\/a", is "postgres:\/\/app:\[redacted\]@db\/b"/);
  });

  test('long texts are cut to what differs, between words', () => {
    const words = (one: string): string => `${'before '.repeat(200)}${one} ${'after '.repeat(200)}`;
    expect(fieldDifferences({ a: words('left') }, { a: words('right') })).toEqual([`a: was [...] ${'before '.repeat(6)}left ${'after '.repeat(6)}[...], is [...] ${'before '.repeat(6)}right ${'after '.repeat(6)}[...]`]);
  });
});

describe('revisions of a real cluster', () => {
  const objects = [JSON.parse(recordedJson('objects.json.txt', 'kubectl -n shop get deploy/checkout -o json')), ...(JSON.parse(recorded('objects.json.txt', 'kubectl -n shop get rs -o json').output) as { items: unknown[] }).items];
  const [revised] = revisedWorkloads(objects);

  test('newest first, with what each changed', () => {
    const lines = revised === undefined ? [] : history(revised).split('\n');
    expect(lines[0]).toMatch(/^deployment checkout: \d of 1 pods available/);
    expect(lines[1]).toMatch(/^REVISION \| NAME/);
    expect(lines[2]).toMatch(/^2 +\| checkout-\w+ +\| 2026-11-22T11:5\d:\d\dZ \| 1 wanted/);
    expect(lines.slice(4)).toEqual(['revision 2 against revision 1:', '  metadata.annotations.kubectl.kubernetes.io/restartedAt: was (none), is "2026-11-22T11:56:26Z"', '  nothing but a restart: the pods are otherwise the same']);
  });

  test('a template that no revision has yet is told', () => {
    const paused = structuredClone(objects[0]) as { spec: { paused?: boolean; template: { spec: { containers: { image: string }[] } } } };
    paused.spec.paused = true;
    for (const one of paused.spec.template.spec.containers) one.image = 'registry.local/busybox:2';
    const [waiting] = revisedWorkloads([paused, ...objects.slice(1)]);
    expect(waiting === undefined ? '' : history(waiting)).toMatch(/no revision has it yet \(its rollout is paused\):\n {2}spec\.containers\[checkout\]\.image: was "registry\.local\/busybox:1", is "registry\.local\/busybox:2"/);
    expect(revised?.pending()).toEqual([]);
  });

  test('says which are kept when one is not', () => {
    expect(revised && comparison(revised, 7, undefined)).toBe('Revision 7 is not kept. Kept are 1, 2.');
    expect(revised && comparison(revised, 1, undefined)).toBe('No revision before 1 is kept. Kept are 1, 2.');
    expect(revised && comparison(revised, 1, 2)).toContain('revision 1 against revision 2:');
  });
});

test('an answer that is no JSON is a failure in words', async () => {
  const tools = createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run: recordedRun({ stdout: 'not json' }) });
  expect(await use(tools, 'kubectl_rollout_history', { name: 'checkout' })).toMatchObject({ failed: true, output: expect.stringMatching(/could not be read/) });
  expect(await use(tools, 'kubectl_changes', {})).toMatchObject({ failed: true });
});
