/** What people and models see of a real cluster's answers. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createRedactor } from '../../../src/redaction/redactor.ts';
import { createRecorder } from '../../../src/tools/evidence.ts';
import { hideSecretVariables } from '../../../src/tools/kubectl/describe-text.ts';
import { eventTable } from '../../../src/tools/kubectl/event-table.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { objectAsYaml } from '../../../src/tools/kubectl/object-yaml.ts';
import type { RunResult } from '../../../src/process/run.ts';
import { cluster, recorded, recordedJson, recordedRun, use } from './support.ts';

const events = recordedJson('events.json.txt', 'kubectl -n shop get events -o json');

function answering(answer: Partial<RunResult>) {
  return createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run: recordedRun(answer) });
}

function failing(file: string, command: string) {
  const { output, exitCode } = recorded(file, command);
  return answering({ exitCode, stderr: output });
}

describe('lists', () => {
  test('are shown as kubectl prints them, with its warnings after them', async () => {
    const { output } = recorded('get.txt', 'kubectl -n shop get pods -o wide');
    expect(await use(answering({ stdout: output }), 'kubectl_get', { kind: 'deployments' })).toEqual({ command: 'kubectl -n shop get deployments -o wide', output: output.trimEnd() });
    const warned = await use(answering({ stdout: 'NAME\ncatalog\n', stderr: 'Warning: v1 Endpoints is deprecated in v1.33+\nWarning: v1 Endpoints is deprecated in v1.33+\n' }), 'kubectl_get', { kind: 'endpoints' });
    expect(warned.output).toBe('NAME\ncatalog\nWarning: v1 Endpoints is deprecated in v1.33+');
  });

  test('of pods show what is broken first, and how many', async () => {
    const { output } = recorded('get.txt', 'kubectl -n shop get pods -o wide');
    const done = 'migrate-zzzzz   0/1   Completed   0   110s   10.244.0.99   node1   <none>   <none>\n';
    const [head, ...rows] = output.trimEnd().split('\n');
    const restarted = rows.find((row) => row.startsWith('frontend-')) ?? '';
    const table = [head, done.trimEnd(), restarted, ...rows.filter((row) => row !== restarted)].join('\n');
    const shown = (await use(answering({ stdout: table }), 'kubectl_get', { kind: 'pods' })).output.split('\n');
    expect(shown.slice(0, 3)).toEqual(['12 pods: 10 broken (not running, or not ready), 1 ready after restarts, 1 ready or completed without', head, rows[0]]);
    expect(shown.slice(-2)).toEqual([restarted, done.trimEnd()]);
    expect(shown).toHaveLength(14);
  });

  test('of very many pods keep the broken one in the middle', async () => {
    const row = (index: number): string => `checkout-67f5784978-${index}   1/1   Running   0   110s   10.244.0.57   node1   <none>   ${'<none>'.padEnd(200)}`;
    const stdout = ['NAME   READY   STATUS   RESTARTS   AGE   IP   NODE', ...Array.from({ length: 5_000 }, (_, index) => (index === 2_500 ? 'lonely   0/1   CrashLoopBackOff   7 (1m ago)   9m   10.0.0.9   node1' : row(index)))].join('\n');
    const run = recordedRun({ stdout });
    const { output } = await use(createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run }), 'kubectl_get', { kind: 'po' });
    expect(run.started[0]?.maxBytes).toBeGreaterThan(stdout.length);
    expect(output.split('\n')[2]).toMatch(/^lonely /);
  });

  test('that are empty say so', async () => {
    expect(await use(answering({ stderr: 'No resources found in shop namespace.\n' }), 'kubectl_get', { kind: 'jobs' })).toEqual({ command: 'kubectl -n shop get jobs -o wide', output: 'No resources found in shop namespace.' });
    expect((await use(answering({}), 'kubectl_get', { kind: 'jobs' })).output).toBe('(it printed nothing)');
  });
});

describe('one object', () => {
  const deployment = recordedJson('objects.json.txt', 'kubectl -n shop get deploy/checkout -o json');

  test('is YAML with the same spec and status', () => {
    const shown = parse(objectAsYaml(deployment)) as { spec: unknown; status: unknown };
    const real = JSON.parse(deployment) as { spec: unknown; status: unknown };
    expect(shown.status).toEqual(real.status);
    expect(JSON.stringify(shown.spec)).toContain('echo \'starting checkout\'');
    expect(objectAsYaml(deployment)).toContain('readyReplicas: 1');
  });

  test('loses what only machines read, what repeats it, and values that are named like secrets', () => {
    const yaml = objectAsYaml(JSON.stringify({
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: 'x', managedFields: [{ manager: 'kubectl' }], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}', note: 'n'.repeat(1000) } },
      spec: {
        volumes: [{ name: 'kube-api-access-rh8r6', projected: { sources: [] } }, { name: 'data', emptyDir: {} }],
        containers: [{ name: 'a', env: [{ name: 'DATABASE_PASSWORD', value: 'hunter2' }, { name: 'LOG_LEVEL', value: 'debug' }, { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'search-token', key: 'token' } } }] }],
      },
    }));
    expect(yaml).not.toMatch(/hunter2|aHVudGVyMg|managedFields|last-applied|kube-api-access/);
    expect(yaml).toContain('value: "[redacted]"');
    expect(yaml).toContain('value: debug');
    expect(yaml).toContain('name: search-token');
    expect(yaml).toContain('emptyDir: {}');
    expect(yaml).toContain(`${'n'.repeat(300)} [... 700 characters left out]`);
  });

  test('keeps a long file of a ConfigMap whole: the record of evidence cuts what is shown, and says how to read the rest', async () => {
    const file = Array.from({ length: 900 }, (_none, line) => `setting_${line} = on`).join('\n');
    const output = objectAsYaml(JSON.stringify({ kind: 'ConfigMap', metadata: { name: 'x' }, data: { 'app.conf': file, last: 'end' } }));
    const kept: { text: string; fullText: string }[] = [];
    const record = createRecorder({ incidentId: 'INC-1', redactor: createRedactor({ knownSecrets: () => [] }), evidence: { add: async (_id, input) => ((kept.push(input)), { id: 'E1', hash: '', at: '', ...input }) } });
    await record('kubernetes', 'kubectl_get', { command: 'kubectl get configmap x', output });
    expect(kept[0]?.fullText).toContain('setting_450 = on');
    expect(kept[0]?.text).not.toContain('setting_450 = on');
    expect(kept[0]?.text).toMatch(/\[\.\.\. \d+ lines, [\d,]+ characters left out; read_evidence shows the rest/);
  });

  test('of the kind Secret would show no data, however it got here', () => {
    expect(objectAsYaml(JSON.stringify({ kind: 'List', items: [{ kind: 'Secret', data: { plain: 'aHVudGVyMg==' }, stringData: { other: 'hunter2' } }] }))).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test('that is no JSON, or was cut, is a failure in words', async () => {
    expect(await use(answering({ stdout: 'not json' }), 'kubectl_get', { kind: 'pods', name: 'x' })).toMatchObject({ failed: true, output: expect.stringMatching(/^The answer could not be read: /) });
    expect(await use(answering({ stdout: '{"a":', truncated: true }), 'kubectl_get', { kind: 'pods', name: 'x' })).toMatchObject({ failed: true, output: expect.stringMatching(/too large.*Narrow it/) });
  });

  test('keeps every value of any JSON that holds no secret', () => {
    const keys = fc.constantFrom('spec', 'status', 'replicas', 'image', 'message');
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({ value: fc.oneof(fc.string({ maxLength: 30 }), fc.integer(), fc.boolean(), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(keys, tie('value'), { maxKeys: 3 })) }));
    fc.assert(fc.property(value, (object) => {
      expect(parse(objectAsYaml(JSON.stringify(object)))).toEqual(JSON.parse(JSON.stringify(object)));
    }));
  });
});

describe('descriptions', () => {
  test('are kubectl\'s own, character for character, where no variable is named like a secret', () => {
    for (const command of ['kubectl -n shop describe deploy/checkout', 'kubectl -n shop describe svc/catalog', 'kubectl -n shop describe cm/checkout-config', 'kubectl -n shop describe node/node1']) {
      const { output } = recorded('describe.txt', command);
      expect(hideSecretVariables(output)).toBe(output);
    }
    const search = recorded('describe-pods.txt', 'kubectl -n shop describe pod/search-6868c99f6c-7kkg6').output;
    expect(hideSecretVariables(search)).toBe(search);
    expect(search).toMatch(/TOKEN: +<set to the key/);
  });

  test('hide values of variables that are named like secrets', () => {
    const text = ['Containers:', '  a:', '    Environment:', '      LOG_LEVEL:         debug', '      DATABASE_PASSWORD:  hunter2', '        and its second line', '      TOKEN:             <set to the key \'token\' in secret \'search-token\'>  Optional: false', '    Mounts:', '      /data/password: from data', 'Spec:', '  Env:', '    Name:   API_TOKEN', '    Value:  hunter3', '    Name:   MODE', '    Value:  fast'].join('\n');
    const hidden = hideSecretVariables(text);
    expect(hidden).not.toMatch(/hunter|second line/);
    expect(hidden.split('\n').filter((line) => line.includes('[redacted]'))).toEqual(['      DATABASE_PASSWORD:  [redacted]', '    Value:  [redacted]']);
    expect(hidden).toContain('LOG_LEVEL:         debug');
    expect(hidden).toContain("<set to the key 'token' in secret 'search-token'>");
    expect(hidden).toContain('/data/password: from data');
    expect(hidden).toContain('Value:  fast');
  });
});

describe('events', () => {
  test('are a table, newest first, with counts and real times', () => {
    const lines = eventTable(events, { name: 'cart', type: 'Warning', limit: 200 }).split('\n');
    expect(lines[0]).toMatch(/^LAST SEEN +\| FIRST SEEN +\| COUNT \| TYPE +\| REASON +\| OBJECT +\| MESSAGE$/);
    expect(lines[1]).toMatch(/^2026-11-22T11:56:08Z \| 2026-11-22T11:54:38Z \| 4 +\| Warning \| BackOff \| pod\/cart-67f5784978-8hd5l \| Back-off restarting failed container cart/);
    const times = eventTable(events, { limit: 1000 }).split('\n').slice(1, -1).map((line) => line.slice(0, 20));
    expect(times).toEqual(times.toSorted().reverse());
    expect(times.length).toBe((JSON.parse(events) as { items: unknown[] }).items.length);
    expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))).toBe(true);
  });

  test.each([['replicasets', 'replicaset/'], ['rs', 'replicaset/'], ['replicasets.apps', 'replicaset/'], ['pod', 'pod/'], ['pvc', 'persistentvolumeclaim/'], ['jobs', 'job/']])('about the kind %s', (kind, prefix) => {
    const objects = eventTable(events, { kind, limit: 1000 }).split('\n').slice(1, -1).map((line) => line.split(' | ')[5] ?? '');
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.filter((object) => !object.startsWith(prefix))).toEqual([]);
  });

  test('that are none, or too many, say so; odd entries do no harm', () => {
    expect(eventTable(events, { name: 'nothing', limit: 5 })).toMatch(/\n\(none\)\n\(0 of \d+ events/);
    expect(eventTable(events, { limit: 5 })).toMatch(/\n\(\d+ events match; the newest 5 are shown\.\)$/);
    expect(eventTable('{"items":[{},{"involvedObject":null,"series":{"count":7,"lastObservedTime":"2026-11-22T12:00:00.123456Z"},"message":"two\\nlines"}]}', { kind: 'constructor', limit: 5 })).toContain('(none)');
    expect(eventTable('{"items":[{},{"series":{"count":7,"lastObservedTime":"2026-11-22T12:00:00.123456Z"},"message":"two\\nlines"}]}', { limit: 5 })).toMatch(/2026-11-22T12:00:00Z \| - +\| 7 .*two lines/);
    expect(() => eventTable('[]', { limit: 5 })).toThrow(/expected object/);
  });
});

describe('logs', () => {
  test('are shown whole, or the lines that hold a text in any case', async () => {
    const { output } = recorded('logs.txt', 'kubectl -n shop logs pod/checkout-785f4f6564-jvmmb');
    expect((await use(answering({ stdout: output }), 'kubectl_logs', { name: 'x' })).output).toBe('starting checkout\nFATAL: DATABASE_URL is not set');
    expect((await use(answering({ stdout: output }), 'kubectl_logs', { name: 'x', contains: 'fatal: d' })).output).toBe('FATAL: DATABASE_URL is not set\n(1 of the 2 lines that were read)');
    expect((await use(answering({ stdout: output }), 'kubectl_logs', { name: 'x', contains: '.*' })).output).toBe('(none of the 2 lines that were read holds this text)');
    expect((await use(answering({}), 'kubectl_logs', { name: 'x' })).output).toBe('(no log lines)');
    expect((await use(answering({}), 'kubectl_logs', { name: 'x', contains: 'y' })).output).toBe('(no log lines)');
    expect((await use(answering({ stdout: output }), 'kubectl_logs', { name: 'x', contains: 'fatal', tail: 2 })).output).toBe('FATAL: DATABASE_URL is not set\n(1 of the 2 lines that were read; older ones were not looked at: a larger tail)');
  });

  test('the lines that hold a text are found in the middle of a log that is larger than what is kept', async () => {
    const filler = `${'x'.repeat(1_000)}\n`.repeat(2_000);
    const { output } = await use(answering({ stdout: `${filler}the needle\n${filler}` }), 'kubectl_logs', { name: 'x', contains: 'NEEDLE' });
    expect(output).toBe('the needle\n(1 of the 4001 lines that were read)');
  });

  test('show lines that repeat once, with their count', async () => {
    const stdout = Array.from({ length: 500 }, (_, index) => `2026-11-22T11:56:04.${100 + index}Z GET /orders/${index} ${index === 250 ? 'failed: pool exhausted' : 'done'}\n`).join('');
    const { output } = await use(answering({ stdout }), 'kubectl_logs', { name: 'x', tail: 2000 });
    expect(output.split('\n')).toEqual(['2026-11-22T11:56:04.100Z GET /orders/0 done', expect.stringContaining('499 lines like this, first 2026-11-22T11:56:04.100Z, last 2026-11-22T11:56:04.599Z'), '2026-11-22T11:56:04.350Z GET /orders/250 failed: pool exhausted', expect.stringMatching(/^\(500 lines of 2 kinds/)]);
    expect((await use(answering({ stdout }), 'kubectl_logs', { name: 'x', contains: 'GET' })).output).toMatch(/499 lines like this[^]*\(500 of the 500 lines that were read\)$/);
  });

  test('of a container that the node has forgotten say so', async () => {
    const { output } = recorded('logs.txt', 'kubectl -n shop logs pod/checkout-785f4f6564-jvmmb --previous');
    expect((await use(answering({ stdout: output }), 'kubectl_logs', { name: 'x', previous: true })).output).toMatch(/^unable to retrieve container logs for containerd:\S+\n\(The log of that container is gone from the node\.\)$/);
  });
});

describe('failures keep kubectl\'s words and say what to do instead', () => {
  test.each([
    ['get.txt', 'kubectl -n shop get pod nope', 'kubectl_get', { kind: 'pods', name: 'nope' }, /pods "nope" not found\nSee what there is: kubectl -n shop get pods$/],
    ['get.txt', 'kubectl -n shop get widgets', 'kubectl_get', { kind: 'widgets' }, /resource type "widgets"\nName the kind as `kubectl api-resources`/],
    ['logs.txt', 'kubectl -n shop logs deploy/payments', 'kubectl_logs', { kind: 'deployment', name: 'payments' }, /image can't be pulled\nIt has never run/],
    ['logs.txt', 'kubectl -n shop logs deploy/search', 'kubectl_logs', { kind: 'deployment', name: 'search' }, /CreateContainerConfigError\nIt has never run/],
    ['logs.txt', 'kubectl -n shop logs pod/nope', 'kubectl_logs', { name: 'nope' }, /not found in namespace "shop"\nSee what there is: kubectl -n shop get pods$/],
    ['logs.txt', 'kubectl -n shop logs deploy/catalog -c nope', 'kubectl_logs', { name: 'x', container: 'nope' }, /not valid for pod \S+\nkubectl_get with the kind pods/],
    ['rbac.txt', 'kubectl --token=TOKEN -n shop get secrets', 'kubectl_get', { kind: 'all' }, /may not read those/],
  ] as const)('%s: %s', async (file, command, tool, input, expected) => {
    expect(await use(failing(file, command), tool, input)).toMatchObject({ failed: true, output: expect.stringMatching(expected) });
  });

  test.each([
    ['E1122 11:56:04.123456      12 memcache.go:265] "Unhandled Error" err="couldn\'t get"\nE1122 11:56:04.223456      12 memcache.go:265] "Unhandled Error" err="again"\nThe connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?', /^The connection to the server 10\.0\.0\.1:6443 was refused - did you specify the right host or port\?\nThe API of cluster production can't be reached/],
    ['Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)', /can't be reached/],
    ['error: You must be logged in to the server (Unauthorized)', /did not accept our credentials/],
    ['Error from server (Forbidden): deployments.apps "x" is forbidden: User "reader" cannot get resource "deployments" in API group "apps" in the namespace "shop"', /lacks the right to get deployments\.apps in namespace shop\. Report it as a gap/],
    ['Error from server (Forbidden): nodes is forbidden: User "reader" cannot list resource "nodes" in API group "" at the cluster scope', /lacks the right to list nodes in the whole cluster/],
    ['Unable to connect to the server: x509: certificate signed by unknown authority', /can't be reached|not accepted/],
    ['error: stat /etc/sre-agent/read.kubeconfig: no such file or directory', /^error: stat <kubeconfig of production>: no such file or directory\nThe kubeconfig/],
    ['', /^It ended with an error and said nothing\.$/],
  ])('%s', async (stderr, expected) => {
    expect(await use(answering({ exitCode: 1, stderr }), 'kubectl_get', { kind: 'pods' })).toMatchObject({ failed: true, output: expect.stringMatching(expected) });
  });
});

test('what the redactor makes of a whole pod stays readable', async () => {
  const list = JSON.parse(recordedJson('pods.json.txt', 'kubectl -n shop get pod -l app=cart -o json')) as { items: object[] };
  const yaml = objectAsYaml(JSON.stringify(list.items[0]));
  const redacted = await createRedactor({ knownSecrets: () => [] }).redact(yaml);
  expect(parse(redacted)).toMatchObject({ kind: 'Pod', metadata: { name: 'cart-67f5784978-8hd5l' } });
  expect(redacted).toContain('exitCode: 137');
  expect(redacted).toContain('reason: OOMKilled');
});
