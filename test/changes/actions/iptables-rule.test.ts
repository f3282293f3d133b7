import { freePort } from '../../../src/database/embedded/free-port.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { iptablesRuleKind as kind } from '../../../src/changes/actions/iptables-rule/iptables-rule.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, kindContext, riskOf, secret, targetsWith } from '../../support/changes.ts';
import type { HostWorld } from '../../support/host-world.ts';
import { openHostWorld, readToken, writeToken } from '../../support/host-world.ts';
import { requirement } from '../../support/requirements.ts';

type Action = ActionOf<'iptables.rule'>;
const insert: Action = { kind: 'iptables.rule', target: 'edge', family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 2, rule: { protocol: 'tcp', source: '10.20.0.0/16', destination_port: '5432', comment: 'orders database', action: 'ACCEPT' } };
const remove: Action = { ...insert, operation: 'delete', position: 2, rule: { protocol: 'tcp', destination_port: '5432', state: ['NEW', 'ESTABLISHED'], action: 'DROP' } };

describe.skipIf(!requirement('iptables'))('iptables.rule on a real host', () => {
  let host: HostWorld;
  let changes = 0;
  const confirmed = new Set<string>();
  beforeAll(async () => {
    host = await openHostWorld();
    await host.start();
  });
  afterAll(() => host.close());

  const context = () => kindContext(targetsWith({ hosts: [{ name: 'edge', url: host.url, writeToken: secret(writeToken) }] }));

  /** The rules as they were, and no change that waits for its confirmation. */
  async function reset(): Promise<void> {
    const ids = [...host.sent().matchAll(/"id":"(C1-[0-9a-f]+)"/g)].map(([, id]) => id ?? '');
    for (const id of new Set(ids.filter((each) => !confirmed.has(each)))) await host.request('POST', `/v1/changes/${id}/confirm`);
    for (const id of ids) confirmed.add(id);
    await host.iptables('-F');
    await host.iptables('-A', 'INPUT', '-i', 'lo', '-j', 'ACCEPT');
    await host.iptables('-A', 'INPUT', '-p', 'tcp', '--dport', '5432', '-m', 'state', '--state', 'ESTABLISHED,NEW', '-j', 'DROP');
    await host.iptables('-A', 'INPUT', '-m', 'comment', '--comment', 'say "hi" -c 1 2', '-p', 'udp', '--dport', '53', '-j', 'ACCEPT');
  }

  describeActionKind(kind as ActionKind, async () => {
    await reset();
    return {
      context: { ...context(), verification: { soakSeconds: (changes += 1), deadlineSeconds: 60 } },
      action: insert,
      impossibleAction: { ...insert, chain: 'NOWHERE' },
      snapshot: () => host.iptables('-S'),
      sent: host.sent,
      move: async () => void (await host.iptables('-A', 'FORWARD', '-s', '10.9.9.9', '-j', 'DROP')),
      moveAfter: async () => void (await host.iptables('-I', 'INPUT', '1', '-p', 'tcp', '-s', '10.20.0.0/16', '--dport', '5432', '-m', 'comment', '--comment', 'orders database', '-j', 'ACCEPT')),
      close: () => Promise.resolve(),
    };
  });

  const prepare = async (action: Action): Promise<ChangeOf<Action>> => ({ ...changeFrom(action, await kind.prepare(action, context())), createdAt: new Date(changes += 1).toISOString() }) as ChangeOf<Action>;

  test('the card shows the rules before and after, what the rule met, and that the host takes it back by itself', async () => {
    await reset();
    const change = await prepare(remove);
    expect(change).toMatchObject({
      command: ['iptables -w 5 -t filter -D INPUT -p tcp -m tcp --dport 5432 -m state --state NEW,ESTABLISHED -j DROP'],
      undo: { kind: 'automatic', command: ['iptables -w 5 -t filter -I INPUT 2 -p tcp -m tcp --dport 5432 -m state --state NEW,ESTABLISHED -j DROP'], description: expect.stringContaining('by itself 11 minutes after it was written') },
      blastRadius: 'edge: INPUT no longer drops packets of NEW, ESTABLISHED connections over tcp from anywhere to anywhere port 5432',
    });
    expect(change.preview).toContain('-   2  -p tcp -m tcp --dport 5432 -m state --state NEW,ESTABLISHED -j DROP');
    expect(change.preview).toContain('The rule has met 0 packets');
    expect(riskOf(remove, change, true).level).toBe('medium');
  });

  test('a deleted rule is put back exactly where it was, also after it was confirmed', async () => {
    await reset();
    const before = await host.iptables('-S');
    const change = await prepare(remove);
    await kind.execute(change, context());
    expect(await host.rules()).toHaveLength(2);
    await kind.confirm?.(change, context());
    expect(await kind.check(change, context())).toMatchObject({ ok: true });
    expect((await kind.previewUndo?.(change, context()))?.preview).toContain('+   2  -p tcp -m tcp --dport 5432');
    await kind.undo(change, context());
    expect(await host.iptables('-S')).toBe(before);
    expect(await kind.checkUndone(change, context())).toMatchObject({ ok: true });
  });

  test('IPv6 has rules of its own', async () => {
    await reset();
    const change = await prepare({ ...insert, family: 'ipv6', position: 1, rule: { protocol: 'tcp', source: '2001:DB8::/32', destination_port: '5432', action: 'REJECT' } });
    expect(change.command).toEqual(['ip6tables -w 5 -t filter -I INPUT 1 -s 2001:db8::/32 -p tcp -m tcp --dport 5432 -j REJECT --reject-with icmp6-port-unreachable']);
    await kind.execute(change, context());
    expect(await kind.check(change, context())).toMatchObject({ ok: true });
    expect(await host.rules()).toHaveLength(3);
    await kind.undo(change, context());
    expect(await kind.checkUndone(change, context())).toMatchObject({ ok: true });
  });

  test('the undo of a deletion leaves a chain alone that somebody changed since', async () => {
    await reset();
    const change = await prepare(remove);
    await kind.execute(change, context());
    await host.iptables('-I', 'INPUT', '1', '-s', '10.1.1.1', '-j', 'DROP');
    await expect(kind.undo(change, context())).rejects.toThrow(/somebody changed it since/);
    expect(await kind.checkUndone(change, context())).toMatchObject({ ok: false });
  });

  test.each<[string, Partial<Action>, RegExp]>([
    ['a rule that is not the one of that number', { position: 1 }, /Rule 1 of INPUT is another one: -i lo -j ACCEPT/],
    ['a number that the chain does not have', { position: 9 }, /there is no rule 9/],
    ['what would let everything in', { operation: 'insert', rule: { action: 'ACCEPT' } }, /nearly all traffic/],
    ['what would cut off ssh', { operation: 'insert', rule: { protocol: 'tcp', destination_port: '20:30', action: 'DROP' } }, /cut off ssh/],
    ['the address of the other family', { family: 'ipv6', operation: 'insert', position: 1, rule: { source: '10.1.1.1', action: 'DROP' } }, /no ipv6 address/],
    ['a host that nobody configured', { target: 'elsewhere' }, /no host "elsewhere"/],
  ])('refuses %s', async (_what, part, words) => {
    await reset();
    await expect(prepare({ ...remove, ...part })).rejects.toThrow(words);
  });

  test('a token that only reads changes nothing', async () => {
    await reset();
    const reading = kindContext(targetsWith({ hosts: [{ name: 'edge', url: host.url, writeToken: secret(readToken) }] }));
    await expect(kind.prepare(insert, reading)).rejects.toThrow(/needs the write token/);
    const change = await prepare(insert);
    await expect(kind.execute(change, reading)).rejects.toMatchObject({ effect: 'none', message: expect.not.stringContaining(readToken) });
    expect(await host.rules()).toHaveLength(3);
  });

  test('a host that does not answer: nothing was changed', async () => {
    await reset();
    const change = await prepare(insert);
    const away = kindContext(targetsWith({ hosts: [{ name: 'edge', url: `http://127.0.0.1:${await freePort()}`, writeToken: secret(writeToken) }] }));
    await expect(kind.execute(change, away)).rejects.toMatchObject({ effect: 'none' });
    await expect(kind.check(change, away)).rejects.toThrow(/ECONNREFUSED/);
  });
});
