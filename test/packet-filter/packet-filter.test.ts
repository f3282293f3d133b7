import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectionsIn } from '../../src/host/lifelines.ts';
import type { Lifelines } from '../../src/packet-filter/dangers.ts';
import { refuseDanger } from '../../src/packet-filter/dangers.ts';
import { overlaps, parseNetwork } from '../../src/packet-filter/network.ts';
import { planOf, standing } from '../../src/packet-filter/plan.ts';
import { renderings, typed } from '../../src/packet-filter/render.ts';
import type { Rule, RuleChange } from '../../src/packet-filter/rule.ts';
import { connectionStates, misfit, rejections, ruleSchema } from '../../src/packet-filter/rule.ts';
import { parseTable, textOf, wordsOf } from '../../src/packet-filter/table.ts';
import { findBinary } from '../../src/process/find-binary.ts';
import { requirement } from '../support/requirements.ts';

const change = (part: Partial<RuleChange> = {}): RuleChange => ({ family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 1, rule: { action: 'DROP' }, ...part });
const table = (...rules: string[]) => parseTable(['-P INPUT DROP -c 0 0', '-P OUTPUT ACCEPT -c 0 0', '-N OURS', ...rules.map((rule) => `-A INPUT ${rule}`)].join('\n'), 'ipv4');

const address = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const networks = fc.oneof(address, address.map((text) => `${text}/32`), fc.integer({ min: 1, max: 223 }).map((first) => `${first}.0.0.0/8`), fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255)).map(([one, two]) => `${one}.${two}.0.0/16`));
const port = fc.integer({ min: 1, max: 65_535 });
const ports = fc.oneof(port.map(String), fc.tuple(port, port).filter(([low, high]) => low < high).map(([low, high]) => `${low}:${high}`));
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const interfaces = fc.stringMatching(/^[a-z][a-z0-9.]{0,8}\+?$/);
const rules: fc.Arbitrary<Rule> = fc
  .record({
    protocol: fc.constantFrom('tcp', 'udp', 'icmp', undefined), source: optional(networks), destination: optional(networks), in_interface: optional(interfaces),
    ports: fc.record({ source_port: optional(ports), destination_port: optional(ports) }),
    state: optional(fc.uniqueArray(fc.constantFrom(...connectionStates), { minLength: 1 })),
    comment: optional(fc.stringMatching(/^[A-Za-z0-9_.:/@=+,][A-Za-z0-9_.:/@=+, -]{0,40}[a-z]$/)),
    action: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'), reject_with: fc.constantFrom(...rejections.ipv4, undefined),
  })
  .map(({ ports: both, reject_with: rejectWith, ...rest }) => JSON.parse(JSON.stringify({
    ...rest,
    ...((rest.protocol === 'tcp' || rest.protocol === 'udp') && both),
    ...(rest.action === 'REJECT' && (rejectWith !== 'tcp-reset' || rest.protocol === 'tcp') && { reject_with: rejectWith }),
  })) as Rule);

/** Code writes these; nothing else may begin with a dash. */
const ours = new Set(['-w', '-t', '-I', '-D', '-s', '-d', '-i', '-o', '-p', '-m', '-j', '--sport', '--dport', '--ctstate', '--state', '--comment', '--reject-with']);

describe('rules in typed fields', () => {
  test('no word that somebody else wrote begins with a dash or leaves the grammar, whatever the fields hold', () => {
    const hostile = fc.oneof(fc.string(), fc.constantFrom('-j', '--modprobe=/bin/sh', '-Z', '--zero', '-F', '!', '10.0.0.1 -j ACCEPT', '10.0.0.1\n-F', '0x16', '022', '0:65535', '1:1', 'eth0 -F', '$(id)', '`id`', ';', '-lo', '10.1.2.3/8', '::ffff:1.2.3.4', 'fe80::1%eth0', '10.0.0.0/08', 'a"b', "a'b", 'x ', '\u202etcp', '٢٢', '22\0'));
    const words = fc.oneof(hostile, networks, ports, interfaces);
    fc.assert(
      fc.property(fc.record({ protocol: words, source: words, destination: words, in_interface: words, source_port: words, destination_port: words, comment: words, action: fc.constantFrom('ACCEPT', 'DROP', 'REJECT', 'LOG') }, { requiredKeys: ['action'] }), (fields) => {
        const parsed = ruleSchema.safeParse(fields);
        if (!parsed.success || misfit(change({ rule: parsed.data })) !== undefined) return;
        for (const argv of renderings(parsed.data, 'ipv4')) {
          for (const word of argv) expect(ours.has(word) || /^[A-Za-z0-9_.:/@=+,][A-Za-z0-9_.:/@=+, -]*$/.test(word)).toBe(true);
          expect(argv.filter((word) => word === '-j')).toHaveLength(1);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('every hostile value is refused in every field', () => {
    const flags = ['-j', '--modprobe=/bin/sh', '-F', '!', '10.0.0.1\n-F', '$(id)', '-lo', 'a"b', "a'b", '', ' ', '\u202e', '٢٢', '22\0', 'x'.repeat(200)];
    const values = [...flags, '10.0.0.1 -j ACCEPT', '022', '0:65535', '5:5', '9:1', '70000', '0', '10.1.2.3/8', '0.0.0.0/0', '10.0.0.0/08', '10.0.0.0/33', '::ffff:1.2.3.4', 'fe80::1%eth0', '2001:db8::1/129', '1.2.3', '1.2.3.4,5.6.7.8', 'host.example'];
    const taken = (field: string, value: string): boolean => ruleSchema.safeParse({ action: 'DROP', protocol: 'tcp', [field]: value }).success;
    for (const field of ['source', 'destination', 'source_port', 'destination_port', 'protocol', 'reject_with', 'action']) expect(values.filter((value) => taken(field, value))).toEqual([]);
    for (const field of ['in_interface', 'out_interface', 'comment']) expect(flags.filter((value) => taken(field, value))).toEqual([]);
    expect(ruleSchema.safeParse({ action: 'DROP', argv: ['-F'] }).success).toBe(false);
    expect(ruleSchema.safeParse({ action: 'DROP', state: ['NEW', 'NEW'] }).success).toBe(false);
  });

  test('iptables lists a rule as we say it, and takes its own listing for the rule', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(ruleSchema.parse(rule)).toEqual(rule);
        const plan = planOf(change({ rule }), table());
        const listed = table(plan.rule);
        expect(listed.chains[0]?.rules[0]?.text).toBe(plan.rule);
        expect(planOf(change({ operation: 'delete', rule }), listed).undo).toEqual(plan.command);
        expect(standing(change(), plan, plan.after)).toBe('in place');
        expect(standing(change(), plan, plan.before)).toBe('as before');
      }),
      { numRuns: 500 },
    );
  });

  test.skipIf(!requirement('iptables'))('and so does the real one', () => {
    const samples = fc.sample(rules, { numRuns: 60, seed: 7 });
    const script = samples.map((rule) => typed('ipv4', planOf(change({ rule, chain: 'INPUT' }), table()).command));
    const { stdout, stderr } = spawnSync(findBinary('unshare'), ['-rn', 'sh', '-c', `${script.join('\n')}\niptables -w 5 -v -S INPUT`], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const listed = stdout.trim().split('\n').slice(1).reverse().map((line) => textOf(parseTable(`-P INPUT ACCEPT\n${line}`, 'ipv4').chains[0]?.rules[0]?.words ?? []));
    expect(listed).toEqual(samples.map((rule) => textOf(renderings(rule, 'ipv4')[0] ?? [])));
  });

  test('words survive being quoted, and counters are never taken from a comment', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[ -~]{1,12}$/), { minLength: 1 }), (words) => { expect(wordsOf(textOf(words))).toEqual(words); }));
    const [chain] = parseTable('-P INPUT ACCEPT -c 1 2\n-A INPUT -m comment --comment "-c 8 9" -c 5 6 -j DROP', 'ipv4').chains;
    expect(chain?.rules).toEqual([{ words: ['-m', 'comment', '--comment', '-c 8 9', '-j', 'DROP'], text: '-m comment --comment "-c 8 9" -j DROP', packets: 5, bytes: 6 }]);
  });
});

describe('plans', () => {
  const rule: Rule = { protocol: 'tcp', destination_port: '80', action: 'ACCEPT' };
  const web = '-p tcp -m tcp --dport 80 -j ACCEPT';

  test('a deletion names the whole rule, in the order that it is listed in', () => {
    const plan = planOf(change({ operation: 'delete', position: 2, rule: { ...rule, state: ['NEW'] } }), table('-s 10.0.0.1/32 -j DROP', '-p tcp -m state --state NEW -m tcp --dport 80 -c 3 180 -j ACCEPT'));
    expect(plan).toMatchObject({ command: ['-w', '5', '-t', 'filter', '-D', 'INPUT', '-p', 'tcp', '-m', 'state', '--state', 'NEW', '-m', 'tcp', '--dport', '80', '-j', 'ACCEPT'], counters: { packets: 3, bytes: 180 } });
  });

  test.each<[string, Partial<RuleChange>, RegExp]>([
    ['another rule of that number', { operation: 'delete', position: 1, rule }, /Rule 1 of INPUT is another one/],
    ['the second of two that are the same', { operation: 'delete', position: 3, rule }, /Rule 2 of INPUT is the same/],
    ['a rule that is there before', { position: 4, rule }, /Rule 2 of INPUT says that already/],
    ['a number too high', { position: 6, rule }, /number 5 at most/],
    ['a chain that is not there', { chain: 'NOWHERE', rule }, /no chain NOWHERE; there are INPUT, OUTPUT, OURS/],
    ['ports without a protocol', { rule: { destination_port: '80', action: 'ACCEPT' } }, /need the protocol/],
  ])('refuse %s', (_what, part, words) => {
    expect(() => planOf(change(part), table('-s 10.0.0.1/32 -j DROP', web, web, '-p udp -j ACCEPT'))).toThrow(words);
  });

  test('the hash is of everything but the counters', () => {
    expect(table(`${web.replace(' -j', ' -c 9 9 -j')}`).hash).toBe(table(web).hash);
    expect(table(web, '-s 10.0.0.1/32 -j DROP').hash).not.toBe(table('-s 10.0.0.1/32 -j DROP', web).hash);
    expect(parseTable('-P INPUT DROP', 'ipv4').hash).not.toBe(parseTable('-P INPUT ACCEPT', 'ipv4').hash);
  });
});

describe('what is never written from here', () => {
  const peer = parseNetwork('10.7.7.7');
  const lifelines: Lifelines = { ports: [22, 8090], peers: peer ? [{ network: peer, port: 41_000 }] : [] };
  const refused = (part: Partial<RuleChange> & { rule: Rule }): string => {
    try {
      refuseDanger(change(part), lifelines);
      return 'may';
    } catch (error) {
      return (error as Error).message.startsWith('It could cut off') ? 'cuts' : 'blanket';
    }
  };

  test.each<[string, Partial<RuleChange> & { rule: Rule }, string]>([
    ['drop everything', { rule: { action: 'DROP' } }, 'blanket'],
    ['drop all of tcp', { rule: { protocol: 'tcp', action: 'DROP' } }, 'blanket'],
    ['drop half of the internet', { rule: { source: '128.0.0.0/1', action: 'DROP' } }, 'blanket'],
    ['drop all of an interface', { rule: { in_interface: 'eth0', action: 'REJECT' } }, 'blanket'],
    ['drop all new connections', { rule: { state: ['NEW'], action: 'DROP' } }, 'blanket'],
    ['accept everything', { rule: { action: 'ACCEPT' } }, 'blanket'],
    ['accept all new connections', { rule: { state: ['NEW'], action: 'ACCEPT' } }, 'blanket'],
    ['accept nearly all ports', { rule: { protocol: 'tcp', destination_port: '1:65535', action: 'ACCEPT' } }, 'blanket'],
    ['drop nearly all of udp', { rule: { protocol: 'udp', source_port: '1:65534', action: 'DROP' } }, 'blanket'],
    ['accept a range of ports', { rule: { protocol: 'tcp', destination_port: '30000:32767', action: 'ACCEPT' } }, 'may'],
    ['take the last reject away', { operation: 'delete', rule: { action: 'REJECT' } }, 'blanket'],
    ['drop what belongs to no connection', { rule: { state: ['INVALID'], action: 'DROP' } }, 'may'],
    ['accept what belongs to a connection', { rule: { state: ['ESTABLISHED', 'RELATED'], action: 'ACCEPT' } }, 'may'],
    ['no longer accept what belongs to a connection', { operation: 'delete', rule: { state: ['ESTABLISHED', 'RELATED'], action: 'ACCEPT' } }, 'cuts'],
    ['accept loopback', { rule: { in_interface: 'lo', action: 'ACCEPT' } }, 'may'],
    ['drop ssh', { rule: { protocol: 'tcp', destination_port: '22', action: 'DROP' } }, 'cuts'],
    ['drop a range with the agent in it', { rule: { protocol: 'tcp', destination_port: '8000:9000', action: 'DROP' } }, 'cuts'],
    ['reject from ports of every visitor', { rule: { protocol: 'tcp', source_port: '1024:65535', action: 'REJECT' } }, 'blanket'],
    ['reject from ports of many visitors', { rule: { protocol: 'tcp', source_port: '32768:60999', action: 'REJECT' } }, 'cuts'],
    ['drop who asks', { rule: { source: '10.7.0.0/16', action: 'DROP' } }, 'cuts'],
    ['drop somebody else', { rule: { source: '203.0.113.9', action: 'DROP' } }, 'may'],
    ['drop a port of no importance', { rule: { protocol: 'tcp', destination_port: '5432', action: 'DROP' } }, 'may'],
    ['drop udp from one network', { rule: { protocol: 'udp', source: '10.7.0.0/16', action: 'DROP' } }, 'may'],
    ['drop answers of ssh', { chain: 'OUTPUT', rule: { protocol: 'tcp', source_port: '22', action: 'DROP' } }, 'cuts'],
    ['drop answers to who asks', { chain: 'OUTPUT', rule: { destination: '10.7.7.7', action: 'DROP' } }, 'cuts'],
    ['drop answers by the port of who asks', { chain: 'OUTPUT', rule: { protocol: 'tcp', destination_port: '41000', action: 'DROP' } }, 'cuts'],
    ['drop calls to a web server', { chain: 'OUTPUT', rule: { protocol: 'tcp', destination_port: '443', action: 'DROP' } }, 'may'],
    ['no longer accept ssh from one network', { operation: 'delete', rule: { protocol: 'tcp', source: '192.168.0.0/16', destination_port: '22', action: 'ACCEPT' } }, 'cuts'],
    ['no longer accept a port of no importance', { operation: 'delete', rule: { protocol: 'tcp', destination_port: '5432', action: 'ACCEPT' } }, 'may'],
    ['no longer drop ssh', { operation: 'delete', rule: { protocol: 'tcp', destination_port: '22', action: 'DROP' } }, 'may'],
    ['drop ssh in a chain that INPUT may jump to', { chain: 'OURS', rule: { protocol: 'tcp', destination_port: '22', action: 'DROP' } }, 'cuts'],
    ['drop ssh of others that passes through', { chain: 'FORWARD', rule: { protocol: 'tcp', destination_port: '22', action: 'DROP' } }, 'may'],
  ])('%s', (_what, part, outcome) => {
    expect(refused(part)).toBe(outcome);
  });

  test('who is connected is read from the kernel\'s table', () => {
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    const four = '   0: 0A00000A:0016 0707070A:A028 01 00000000:00000000 00:00000000 00000000     0        0 1\n   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2\n   2: 0100007F:0016 0100007F:A028 01 00000000:00000000';
    const six = '   0: 00000000000000000000000000000000:1F9A B80D0120000000000000000001000000:A029 01 00000000:00000000\n   1: 0000000000000000FFFF00000A00000A:0016 0000000000000000FFFF00000807070A:A02A 01 00000000:00000000';
    expect(connectionsIn(`${head}\n${four}`, [22]).map(({ network, port: from }) => `${network.canonical} ${from}`)).toEqual(['10.7.7.7/32 41000']);
    expect(connectionsIn(`${head}\n${six}`, [22, 8090]).map(({ network, port: from }) => `${network.canonical} ${from}`)).toEqual(['2001:db8::1/128 41001', '10.7.7.8/32 41002']);
  });
});

test('networks overlap when one holds the other', () => {
  const pair = (one: string, other: string): boolean => {
    const [left, right] = [parseNetwork(one), parseNetwork(other)];
    if (!left || !right) throw new Error('no network');
    return overlaps(left, right);
  };
  expect([pair('10.0.0.0/8', '10.7.7.7'), pair('10.7.7.7', '10.0.0.0/8'), pair('10.0.0.0/9', '10.128.0.0/9'), pair('2001:db8::/32', '2001:db8:1::1'), pair('2001:db8::/32', '10.0.0.1')]).toEqual([true, true, false, true, false]);
  expect(parseNetwork('2001:DB8:0:0::1')?.canonical).toBe('2001:db8::1/128');
});
