/** Repairing the Corefile: its grammar, what may stand in it, and the contract of its kind in front of a small API server. */
import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuseCorefile } from '../../../src/changes/actions/corefile/allowed.ts';
import { lineDifference } from '../../../src/changes/actions/corefile/lines.ts';
import { parseCorefile } from '../../../src/changes/actions/corefile/parse.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import type { FakeWorld } from './cluster-world.ts';
import { openFakeWorld, sentBy } from './cluster-world.ts';
import { pod } from './kubectl-samples.ts';

const good = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 # seconds
    loop
    reload
    loadbalance
}
`;
const broken = good.replace('kubernetes cluster.local', 'kubernetes cluster.locale');
const action = { kind: 'coredns.corefile', target: 'production', value: good } as const;

function world(present = broken, metadata: JsonObject = {}): FakeWorld {
  const opened = openFakeWorld();
  opened.fake.put('configmap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'coredns', namespace: 'kube-system', ...metadata }, data: { Corefile: present } });
  opened.fake.put('pod', { ...pod('coredns-1', undefined), metadata: { name: 'coredns-1', labels: { 'k8s-app': 'kube-dns' } } });
  return opened;
}
const prepare = (value: string, present?: string, metadata?: JsonObject) => kindOf(action).prepare({ ...action, value }, world(present, metadata).context);

describeActionKind(kindOf(action), async () => {
  const { fake, context } = world();
  const edit = (value: string) => async () => fake.modify('configmap', 'coredns', (copy) => { copy['data'] = { Corefile: value }; });
  return {
    context, action, impossibleAction: { ...action, target: 'elsewhere' },
    snapshot: async () => fake.get('configmap', 'coredns')?.['data'],
    sent: () => sentBy(fake.started).replaceAll(/^true /gm, 'kubectl '),
    move: edit(broken.replace('cache 30', 'cache 5')), moveAfter: edit(good.replace('cache 30', 'cache 5')), close: async () => undefined,
  };
});

describe('the grammar', () => {
  test('blocks, plugins, options; comments are nothing', () => {
    const [block] = parseCorefile(good);
    expect(block?.keys).toEqual(['.:53']);
    expect(block?.plugins.map(({ name }) => name)).toEqual(['errors', 'health', 'ready', 'kubernetes', 'prometheus', 'forward', 'cache', 'loop', 'reload', 'loadbalance']);
    expect(block?.plugins.find(({ name }) => name === 'cache')?.arguments).toEqual(['30']);
    expect(block?.plugins.find(({ name }) => name === 'kubernetes')?.options).toEqual([['pods', 'insecure'], ['fallthrough', 'in-addr.arpa', 'ip6.arpa'], ['ttl', '30']]);
  });

  test.each([
    '', '# nothing', '.:53 {', '}', '.:53 {\n}\n}', '.:53\n{\n}', '.:53 { errors }', '.:53 {\n  errors {\n    a {\n    }\n  }\n}', 'import other', '(snippet) {\n errors\n}',
    '.:53 {\n  forward . {$UPSTREAM}\n}', '.:53 {\n  forward . {%UPSTREAM%}\n}', '.:53 {\n  hosts "a\n  b"\n}', '.:53 {\n  errors\u202e\n}', '.:53 {\r\n  errors\r\n}', '.:53 {\n  ../x\n}', 'tls://.:853 {\n}', '-x {\n}', '.:53 {\n  errors \\\n  log\n}', '.:53 {\n {\n }\n}', `.:53 {\n${'a\n'.repeat(20_000)}}`,
  ])('%j is refused', (text) => {
    expect(() => parseCorefile(text)).toThrow(RefusedError);
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
  const argument = fc.stringMatching(/^[A-Za-z0-9.:/@*_-]{1,12}$/).filter((text) => !text.startsWith('#'));
  const line = fc.array(argument, { minLength: 1, maxLength: 4 });
  const plugin = fc.record({ name, arguments: fc.array(argument, { maxLength: 4 }), options: fc.option(fc.array(line, { maxLength: 3 }), { nil: undefined }) });
  const block = fc.record({ keys: fc.array(fc.constantFrom('.:53', 'corp.example', 'a.b:1053'), { minLength: 1, maxLength: 2 }), plugins: fc.array(plugin, { maxLength: 5 }) });

  test('what is written out is read back, whatever the spaces and comments', () => {
    fc.assert(fc.property(fc.array(block, { minLength: 1, maxLength: 3 }), fc.constantFrom(' ', '\t', '    '), fc.constantFrom('', ' # a comment { }'), (blocks, indent, comment) => {
      const text = blocks.map(({ keys, plugins }) => [`${keys.join(', ')} {`, ...plugins.flatMap((one) => [`${indent}${[one.name, ...one.arguments].join(' ')}${one.options === undefined ? comment : ' {'}`, ...(one.options ?? []).map((words) => `${indent}${indent}${words.join(indent)}${comment}`), ...(one.options === undefined ? [] : [`${indent}}`])]), '}'].join('\n')).join('\n\n');
      expect(parseCorefile(text)).toEqual(blocks);
    }));
  });

  test('any text is either refused in words or read; nothing else is thrown', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('{', '}', '\n', ' ', '.', ':53', 'errors', '#', '"', 'kubernetes', '\\') })), (text) => {
      expect(outcomeOf(text)).toMatch(/^(?:read|refused)$/);
    }));
  });

  test('the difference leads from the one to the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 });
    fc.assert(fc.property(text, text, (before, after) => {
      const lines = lineDifference(before.join('\n'), after.join('\n')).split('\n');
      expect(lines.filter((one) => !one.startsWith('+')).map((one) => one.slice(2))).toEqual(before);
      expect(lines.filter((one) => !one.startsWith('-')).map((one) => one.slice(2))).toEqual(after);
    }));
  });
});

function outcomeOf(text: string): string {
  try {
    return parseCorefile(text).length > 0 ? 'read' : 'empty';
  } catch (error) {
    return error instanceof RefusedError ? 'refused' : String(error);
  }
}

describe('what may stand in it', () => {
  test.each([
    ['another upstream', good.replace('. /etc/resolv.conf', '. 198.51.100.7')],
    ['another upstream beside', good.replace('/etc/resolv.conf {', '/etc/resolv.conf 198.51.100.7 {')],
    ['another upstream over TLS', good.replace('/etc/resolv.conf', 'tls://198.51.100.7')],
    ['another file', good.replace('/etc/resolv.conf', '/tmp/resolv.conf')],
    ['no upstream', good.replace(' /etc/resolv.conf', '')],
    ['names made up', good.replace('    loop', '    hosts {\n       198.51.100.7 payments.example\n    }\n    loop')],
    ['names turned into others', good.replace('    loop', '    rewrite name payments.shop.svc.cluster.local evil.example\n    loop')],
    ['answers made up', good.replace('    loop', '    template IN A evil {\n       answer x\n    }\n    loop')],
    ['a zone from a file', good.replace('    loop', '    file /etc/passwd\n    loop')],
    ['a tap of all queries', good.replace('    loop', '    dnstap tcp://198.51.100.7:6000\n    loop')],
    ['another API server', good.replace('pods insecure', 'endpoint https://198.51.100.7')],
    ['another kubeconfig', good.replace('pods insecure', 'kubeconfig /tmp/x')],
    ['no kubernetes', good.replace(/ {4}kubernetes[\s\S]*?\n {4}\}\n/, '')],
    ['kubernetes for addresses alone', good.replace('cluster.local in-addr.arpa', 'in-addr.arpa')],
    ['no root', good.replace('.:53', 'corp.example:53')],
    ['another port', good.replace('.:53', '.:5353')],
    ['the root twice', `${good}. {\n    errors\n}\n`],
    ['a server for metrics elsewhere', good.replace('prometheus :9153', 'prometheus 198.51.100.7:9153')],
  ])('%s is refused', async (_words, value) => {
    await expect(prepare(value)).rejects.toThrow(RefusedError);
  });

  const split = `${good}corp.example:53 {\n    errors\n    forward . 192.0.2.7\n}\n`;
  test.each([
    ['all names to the upstream of one zone', split.replace('/etc/resolv.conf', '192.0.2.7')],
    ['also', split.replace('/etc/resolv.conf', '/etc/resolv.conf 192.0.2.7')],
    ['one more zone to it', split.replace('corp.example:53', 'corp.example:53 bank.example:53')],
    ['one more zone, named by the plugin', split.replace('    loop', '    forward bank.example 192.0.2.7\n    loop')],
  ])('%s is refused', async (_words, value) => {
    await expect(prepare(value, split.replace('cluster.local', 'cluster.locale'))).rejects.toThrow(/would ask 192\.0\.2\.7 for names of (\.|bank\.example); .* corp\.example alone/);
  });

  test('an upstream may be asked for less', async () => {
    const present = split.replace('cluster.local', 'cluster.locale');
    await expect(prepare(split.replace('corp.example:53', 'eu.Corp.example.:53'), present)).resolves.toBeDefined();
    await expect(prepare(split.replace('    loop', '    forward eu.corp.example 192.0.2.7\n    loop'), present)).resolves.toBeDefined();
  });

  test('a Corefile of very many lines is not compared', async () => {
    await expect(prepare(good, `${broken}${'\n'.repeat(900_000)}`)).rejects.toThrow(/more than 1000 lines/);
  });

  test('an upstream, or a plugin, that was in place is let through: now, or when it was last applied', async () => {
    const [upstream, rewritten] = [good.replace('/etc/resolv.conf', '192.0.2.53'), good.replace('    loop', '    rewrite name a.example b.example\n    loop')];
    await expect(prepare(upstream, upstream.replace('cluster.local', 'cluster.locale'))).resolves.toBeDefined();
    await expect(prepare(rewritten, rewritten.replace('cluster.local', 'cluster.locale'))).resolves.toBeDefined();
    await expect(prepare(rewritten.replace('b.example', 'c.example'), rewritten)).rejects.toThrow(/rewrite/);
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { Corefile: upstream } }) };
    await expect(prepare(upstream, broken, { annotations })).resolves.toBeDefined();
    await expect(prepare(upstream, 'not a { Corefile', { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{' } })).rejects.toThrow(/names 192\.0\.2\.53/);
  });

  test('whatever the plugins are, no upstream that is not known gets through', () => {
    const upstream = fc.stringMatching(/^[a-z0-9.:/]{1,20}$/).filter((text) => text !== '/etc/resolv.conf' && text !== '192.0.2.1');
    fc.assert(fc.property(upstream, fc.constantFrom('.', 'corp.example', 'cluster.local'), fc.boolean(), (place, zone, second) => {
      const value = good.replace('. /etc/resolv.conf', `${zone} ${second ? '192.0.2.1 ' : ''}${place}`);
      expect(() => refuseCorefile(parseCorefile(value), good.replace('/etc/resolv.conf', '192.0.2.1'), [])).toThrow(RefusedError);
    }));
  });
});

describe('what people see, and what shows that it took', () => {
  test('the whole difference, line by line, and high risk', async () => {
    const prepared = await prepare(good);
    expect(prepared.preview).toContain('-     kubernetes cluster.locale in-addr.arpa ip6.arpa {\n+     kubernetes cluster.local in-addr.arpa ip6.arpa {\n         pods insecure');
    expect(riskOf(action, prepared, true)).toMatchObject({ level: 'high' });
    expect(prepared.command[0]).toMatch(/^kubectl -n kube-system patch configmap coredns --type=json -p /);
  });

  test('pods that are not ready, and a resolver that does not know the API server, are seen', async () => {
    const { fake, context } = world();
    const change = changeFrom(action, await kindOf(action).prepare(action, context));
    await kindOf(action).execute(change, context);
    expect(await kindOf(action).check(change, context)).toMatchObject({ ok: true });
    fake.modify('pod', 'coredns-1', (copy) => { copy['status'] = { conditions: [{ type: 'Ready', status: 'False' }] }; });
    expect(await kindOf(action).check(change, context)).toMatchObject({ ok: false });
    fake.modify('pod', 'coredns-1', (copy) => { copy['status'] = { conditions: [{ type: 'Ready', status: 'True' }] }; });
    const server = createSocket('udp4');
    let code = 3;
    server.on('message', (query, { port, address }) => {
      const question = query.subarray(12, query.indexOf(0, 12) + 5);
      const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80 + code, 0, 1, 0, code === 0 ? 1 : 0, 0, 0, 0, 0]);
      server.send(Buffer.concat([head, question, code === 0 ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 96, 0, 1]) : Buffer.alloc(0)]), port, address);
    });
    await new Promise<void>((resolve) => { server.bind(0, '127.0.0.1', resolve); });
    try {
      const asking = { ...context, targets: { ...context.targets, resolvers: [`127.0.0.1:${(server.address() as AddressInfo).port}`] } };
      expect(await kindOf(action).check(change, asking)).toMatchObject({ ok: false });
      code = 0;
      expect(await kindOf(action).check(change, asking)).toMatchObject({ ok: true, details: expect.arrayContaining(['kubernetes.default.svc.cluster.local is 10.96.0.1']) as string[] });
    } finally {
      server.close();
    }
  });

  test('no other action comes into the namespace of CoreDNS by it', async () => {
    await expect(kindOf({ kind: 'kubectl.configmap_key' } as never).prepare({ kind: 'kubectl.configmap_key', target: 'production', namespace: 'kube-system', name: 'coredns', key: 'Corefile', value: 'x' }, world().context)).rejects.toThrow(/not among those/);
  });
});
