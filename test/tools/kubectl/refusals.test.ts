/** What a misled model may try. Nothing of it starts a program. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHelmTools } from '../../../src/tools/helm/helm-tools.ts';
import { isLabelSelector } from '../../../src/tools/kubectl/label-selector.ts';
import { createKubectlTools } from '../../../src/tools/kubectl/kubectl-tools.ts';
import { cluster, recordedRun, use } from './support.ts';

const flags = ['-o', '--', '--raw=/api/v1/secrets', '-A', '--all-namespaces', '--kubeconfig=/tmp/evil', '--server=https://evil.example', '--as=system:admin', '-f', '--token=x', '--watch', '-w', '--v=9', '\u2013o', '\u2014raw', '\uFF0Dn'];
const unsafe = ['a\nb', 'a\0b', 'a\tb', 'a\u202Eb', 'a\u200Bb', '\u001B[2Ja', 'a b', ' a', 'a;id', '$(id)', '`id`', 'a|b', 'a&b', "a'b", 'a"b', 'a\\b', '../a', '/etc/passwd', 'a/b', 'a,b', 'a=b', 'a%2fb', 'p\u043Eds', '\uFF50ods', 'A', '', '*', 'a'.repeat(300)];
const kinds = ['secret', 'secrets', 'secrets.', 'secret.', 'secrets.v1', 'secret.v1.', 'secrets.v1.', 'Secret', 'SECRETS', 'secrets/token', 'pods,secrets', 'secrets,pods', 'pods/exec', 'pods/log', 'pods/attach', 'nodes/proxy', 'services/proxy', 'serviceaccounts/token', '/api/v1/secrets', 'clusterroles', 'clusterrolebinding', 'clusterroles.rbac.authorization.k8s.io', 'validatingwebhookconfigurations', 'csr', 'apiservices'];

interface Attempt { tool: string; input: unknown }

const attempts: Attempt[] = [
  ...['kubectl_get', 'kubectl_describe'].flatMap((tool) => [
    ...kinds.map((kind) => ({ tool, input: { kind, ...(tool === 'kubectl_describe' ? { name: 'x' } : {}) } })),
    ...[...flags, ...unsafe].flatMap((value) => [
      { tool, input: { kind: value, name: 'x' } },
      { tool, input: { kind: 'pods', name: value } },
      { tool, input: { kind: 'pods', name: 'x', namespace: value } },
      { tool, input: { kind: 'pods', name: 'x', cluster: value } },
    ]),
    ...[...flags, 'a\nb', 'a\0b', 'a=b\u202E', 'app=$(id)', 'app in a', 'app in (a', 'app in ((a))', 'a=b=c', 'a=b;id', 'a>1', 'a=-b', '=a', ',', 'a=b,', '!', '', 'a'.repeat(64), `a=${'b'.repeat(64)}`, `${'a=b,'.repeat(200)}a=b`].map((selector) => ({ tool, input: { kind: 'pods', selector } })),
    { tool, input: { kind: 'all', name: 'x' } },
    { tool, input: { kind: 'pods', name: 'x', selector: 'a=b' } },
    { tool, input: { kind: 'namespaces', name: 'kube-system' } },
    { tool, input: { kind: 'ns', name: 'kube-system' } },
    ...['kube-system', 'default', 'shop-other', 'SHOP', 'shop ', '*'].map((namespace) => ({ tool, input: { kind: 'pods', name: 'x', namespace } })),
    { tool, input: { kind: 'pods', name: 'x', flags: ['-A'] } },
    { tool, input: { kind: 'pods', name: 'x', output: 'go-template-file=/etc/passwd' } },
    { tool, input: { kind: ['pods', 'secrets'] } },
    { tool, input: { kind: 'pods', name: { toString: 'x' } } },
    { tool, input: 'pods' },
    { tool, input: null },
    { tool, input: {} },
  ]),
  ...[...flags, ...unsafe].flatMap((value) => [
    { tool: 'kubectl_rollout_history', input: { name: value } },
    { tool: 'kubectl_rollout_history', input: { name: 'x', kind: value } },
    { tool: 'kubectl_rollout_history', input: { name: 'x', namespace: value } },
    { tool: 'kubectl_rollout_history', input: { name: 'x', revision: value } },
    { tool: 'kubectl_changes', input: { namespace: value } },
    { tool: 'kubectl_changes', input: { minutes: value } },
    { tool: 'kubectl_path', input: { service: value } },
    { tool: 'kubectl_path', input: { service: 'x', from: value } },
    { tool: 'kubectl_path', input: { service: 'x', port: value } },
    { tool: 'kubectl_policies', input: { name: value } },
    { tool: 'kubectl_owner', input: { kind: value, name: 'x' } },
    { tool: 'kubectl_owner', input: { kind: 'pods', name: value } },
    { tool: 'kubectl_can_i', input: { verb: value, kind: 'pods' } },
    { tool: 'kubectl_can_i', input: { verb: 'get', kind: value } },
    { tool: 'kubectl_can_i', input: { verb: 'get', kind: 'pods', subresource: value } },
    { tool: 'kubectl_api_resources', input: { cluster: value } },
    { tool: 'kubectl_top', input: { of: value } },
    { tool: 'kubectl_top', input: { namespace: value } },
    { tool: 'kubectl_cluster_dns', input: { cluster: value } },
  ]),
  ...kinds.map((kind) => ({ tool: 'kubectl_owner', input: { kind, name: 'x' } })),
  ...['kube-system', 'default'].flatMap((namespace) => ['kubectl_changes', 'kubectl_policies', 'kubectl_top', 'kubectl_can_i', 'kubectl_cluster_dns'].map((tool) => ({ tool, input: { namespace } }))),
  { tool: 'kubectl_can_i', input: { verb: 'get' } },
  { tool: 'kubectl_can_i', input: { kind: 'pods' } },
  { tool: 'kubectl_can_i', input: { verb: 'impersonate', kind: 'users' } },
  { tool: 'kubectl_can_i', input: { as: 'system:admin' } },
  { tool: 'kubectl_top', input: { of: 'nodes', selector: 'a=b' } },
  { tool: 'kubectl_rollout_history', input: { name: 'x', compare_with: 1 } },
  { tool: 'kubectl_rollout_history', input: { name: 'x', kind: 'replicaset' } },
  { tool: 'kubectl_owner', input: { kind: 'nodes', name: 'x' } },
  ...[0, -1, 1.5, 20_000, Number.NaN].map((minutes) => ({ tool: 'kubectl_changes', input: { minutes } })),
  ...[0, -1, 65_536, 1.5].map((port) => ({ tool: 'kubectl_path', input: { service: 'x', port } })),
  { tool: 'kubectl_describe', input: { kind: 'pods' } },
  { tool: 'kubectl_describe', input: { kind: 'namespaces', selector: 'a=b' } },
  ...[...flags, ...unsafe].flatMap((value) => [
    { tool: 'kubectl_logs', input: { name: value } },
    { tool: 'kubectl_logs', input: { name: 'x', container: value } },
    { tool: 'kubectl_logs', input: { name: 'x', since: value } },
    { tool: 'kubectl_logs', input: { name: 'x', kind: value } },
    { tool: 'kubectl_logs', input: { name: 'x', namespace: value } },
    { tool: 'kubectl_events', input: { name: value } },
    { tool: 'kubectl_events', input: { type: value } },
    { tool: 'kubectl_events', input: { kind: value } },
    { tool: 'helm_look', input: { view: 'status', release: value } },
    { tool: 'helm_look', input: { view: 'history', release: value } },
    { tool: 'helm_look', input: { view: 'releases', namespace: value } },
    { tool: 'helm_look', input: { view: value } },
    { tool: 'helm_values', input: { release: value } },
    { tool: 'helm_values', input: { release: 'x', revision: value } },
    { tool: 'helm_values', input: { release: 'x', all: value } },
  ]),
  { tool: 'kubectl_logs', input: { name: 'x', tail: 50_001, contains: 'x' } },
  ...[0, -1, 2001, 1.5, '10', Number.NaN, Number.POSITIVE_INFINITY].map((tail) => ({ tool: 'kubectl_logs', input: { name: 'x', tail } })),
  ...['a\nb', 'a\0', '\u001B[31m', 'a\u202Eb', '', 'a'.repeat(201)].map((contains) => ({ tool: 'kubectl_logs', input: { name: 'x', contains } })),
  ...['0m', '10', '1d', '10m0s', '999999s', 'm', '1.5h'].map((since) => ({ tool: 'kubectl_logs', input: { name: 'x', since } })),
  { tool: 'kubectl_logs', input: {} },
  { tool: 'kubectl_logs', input: { name: 'x', selector: 'a=b' } },
  { tool: 'kubectl_logs', input: { kind: 'deployment', selector: 'a=b' } },
  { tool: 'kubectl_logs', input: { name: 'x', follow: true } },
  { tool: 'helm_look', input: { view: 'status', release: 'x', revision: '1', 'show-resources': true } },
  { tool: 'helm_look', input: { view: 'releases', filter: '.*' } },
  { tool: 'helm_look', input: { view: 'releases', release: 'x' } },
  { tool: 'helm_look', input: { view: 'status' } },
  { tool: 'helm_look', input: { view: 'releases', all_namespaces: true } },
  { tool: 'helm_look', input: { view: 'status', release: 'a'.repeat(54) } },
];

describe('refused before anything is started', () => {
  test(`${attempts.length} attempts`, async () => {
    expect(attempts.length).toBeGreaterThan(500);
    const run = recordedRun({ stdout: '{"items":[]}' });
    const parts = { clusters: [cluster({ allowPowerfulRead: true })], binary: '/opt/program', run };
    const tools = [...createKubectlTools(parts), ...createHelmTools(parts)];
    for (const { tool, input } of attempts) {
      const result = await use(tools, tool, input);
      expect({ tool, input, started: run.started }).toEqual({ tool, input, started: [] });
      expect({ input, ...result }).toMatchObject({ input, failed: true, command: `${tool} (not run)`, output: expect.stringMatching(/^Refused, nothing was run\.\n\S/) });
    }
  });

  test('a namespace of another cluster', async () => {
    const run = recordedRun();
    const tools = createKubectlTools({ clusters: [cluster(), cluster({ name: 'staging', namespaces: ['lab', 'desk'] })], binary: '/opt/kubectl', run });
    for (const input of [{ cluster: 'production', namespace: 'lab' }, { cluster: 'staging', namespace: 'shop' }, { cluster: 'staging' }, { namespace: 'shop' }, {}]) {
      expect({ input, ...(await use(tools, 'kubectl_get', { kind: 'pods', ...input })) }).toMatchObject({ input, failed: true, output: expect.stringMatching(/(cluster|namespace): name one of/) });
    }
    expect(run.started).toEqual([]);
  });

  test('says why', async () => {
    const tools = createKubectlTools({ clusters: [cluster()], binary: '/opt/kubectl', run: recordedRun() });
    expect((await use(tools, 'kubectl_get', { kind: 'secrets.v1.' })).output).toMatch(/must not be Secrets/);
    expect((await use(tools, 'kubectl_get', { kind: 'pods', selector: 'a b' })).output).toMatch(/must be a label selector/);
    expect((await use(tools, 'kubectl_get', { kind: 'pods', namespace: 'kube-system' })).output).toMatch(/namespace: .*shop/);
  });
});

describe('no accepted input makes a flag', () => {
  const own = /^--(kubeconfig=\/etc\/sre-agent\/read\.kubeconfig|namespace=(shop|lab)|request-timeout=10s|output=(wide|json)|show-labels|selector=[^-].*|field-selector=type=(Warning|Normal)|pod-running-timeout=5s|prefix=true|max-log-requests=20|container=[a-z0-9].*|tail=\d+|since=\d+[smh]|previous=true|timestamps=true|revision=\d+|all|deployed|failed|pending|uninstalling|max=\d+|show-managed-fields=true|ignore-not-found=true|list=true|containers=true|namespaced=true|verbs=list|output=name|subresource=log|output=custom-columns=NAME:\.metadata\.name,[\w:.,[\]*]+)$/s;
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(...flags, ...unsafe, ...kinds),
    // Near the border of what is accepted.
    fc.string({ unit: fc.constantFrom('a', 'z', '0', '-', '.', '=', '!', ',', ' ', '(', ')', '/', 'in', '_', '\n'), maxLength: 24 }),
    fc.constantFrom('releases', 'history', 'pods', 'nodes', 'app=checkout', 'app in (a, b)', '!canary', 'example.com/tier notin (x)', '10m', 'deployment', 'Warning', 'shop', 'lab', 'production'),
  );
  const valid: Record<string, Record<string, unknown>> = {
    kubectl_get: { namespace: 'shop', kind: 'pods', name: 'x', labels: true },
    kubectl_describe: { namespace: 'shop', kind: 'pods', selector: 'app=x' },
    kubectl_events: { namespace: 'shop', kind: 'pods', name: 'x', type: 'Warning' },
    kubectl_logs: { namespace: 'shop', kind: 'pod', name: 'x', container: 'c', since: '10m', contains: 'y', tail: 5, previous: true },
    kubectl_rollout_history: { namespace: 'shop', kind: 'deployment', name: 'x' },
    kubectl_changes: { namespace: 'shop', minutes: 5 },
    kubectl_path: { namespace: 'shop', service: 'x', port: 'http', from: 'y' },
    kubectl_policies: { namespace: 'shop', name: 'x' },
    kubectl_owner: { namespace: 'shop', kind: 'pods', name: 'x' },
    kubectl_can_i: { namespace: 'shop', verb: 'get', kind: 'pods', subresource: 'log' },
    kubectl_api_resources: { contains: 'x' },
    kubectl_top: { namespace: 'shop', selector: 'app=x' },
    helm_look: { namespace: 'shop', view: 'status', release: 'x' },
    helm_values: { namespace: 'shop', release: 'x', revision: 2, all: true },
  };
  const fields = ['cluster', 'namespace', 'kind', 'name', 'selector', 'container', 'since', 'contains', 'type', 'release', 'tail', 'labels', 'service', 'port', 'from', 'minutes', 'verb', 'subresource', 'revision', 'view'];
  /** One or two fields of a valid input are replaced or taken away. */
  const changes = fc.array(fc.tuple(fc.constantFrom(...fields), fc.option(fc.oneof({ weight: 5, arbitrary: hostile }, { weight: 1, arbitrary: fc.integer() }), { nil: undefined })), { maxLength: 2 });

  test.each(Object.keys(valid))('%s', async (tool) => {
    const run = recordedRun({ stdout: '{"items":[]}' });
    const parts = { clusters: [cluster({ allowPowerfulRead: true, namespaces: ['shop', 'lab'] })], binary: '/opt/program', run };
    const tools = [...createKubectlTools(parts), ...createHelmTools(parts)];
    let accepted = 0;
    const takes = fields.filter((field) => field === 'cluster' || field in (valid[tool] ?? {}) || (field === 'selector' && ['kubectl_get', 'kubectl_describe', 'kubectl_logs', 'kubectl_top'].includes(tool)));
    await fc.assert(fc.asyncProperty(changes, async (changed) => {
      const input = Object.fromEntries(Object.entries({ ...valid[tool], ...Object.fromEntries(changed.filter(([field]) => takes.includes(field))) }).filter(([, value]) => value !== undefined));
      const result = await use(tools, tool, input);
      for (const { argv } of run.started.splice(0)) {
        accepted += 1;
        const dashed = argv.filter((argument) => argument.startsWith('-'));
        expect(dashed.filter((argument) => !own.test(argument))).toEqual([]);
        // What is no flag comes first, and is a verb of ours, a kind, or a name.
        const positional = argv.slice(0, argv.length - dashed.length);
        // Several kinds at once are ours, too: none of them is Secrets.
        expect(positional.every((argument) => /^[a-z0-9][a-z0-9.,/-]*$/.test(argument))).toBe(true);
        expect(['get', 'describe', 'logs', 'list', 'status', 'history', 'top', 'auth', 'api-resources']).toContain(positional[0]);
        const timesAlone = argv.some((argument) => argument.startsWith('--output=custom-columns='));
        expect(tool.startsWith('helm_') || positional[0] === 'auth' || (tool === 'kubectl_changes' && timesAlone) ? '' : positional[1] ?? '').not.toMatch(/(?:^|,)secrets?(?:[.,]|$)/);
        expect(argv.some((argument) => argument.includes('\n') || argument.includes('\0'))).toBe(false);
      }
      // oxlint-disable-next-line no-control-regex -- it must hold none
      expect(result.command).not.toMatch(/[\u0000-\u001F\u202A-\u202E]/);
    }), { numRuns: 1_000 });
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('label selectors', () => {
  test.each(['app', 'app=checkout', 'app==checkout', 'app!=checkout', 'app=', '!canary', 'a=b,c!=d,!e,f', 'app in (a,b)', 'app in (a, b)', 'app notin (a),tier=x', 'app.kubernetes.io/managed-by=Helm', 'x/y in ()'])('%s', (selector) => expect(isLabelSelector(selector)).toBe(true));

  test('never takes a dash first, a line end or a quote, and answers quickly', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '=', '!', ',', ' ', '(', ')', 'in', '-', '/', '.'), maxLength: 512 }), (text) => {
      if (!isLabelSelector(text)) return;
      expect(text).not.toMatch(/^-|[\n'"`$;|&\\]/);
      expect((text.match(/\(/g) ?? []).length).toBe((text.match(/\)/g) ?? []).length);
    }));
    expect(isLabelSelector(`${'a'.repeat(50_000)} in (`)).toBe(false);
    expect(isLabelSelector(`${'a='.repeat(50_000)}`)).toBe(false);
  });
});
