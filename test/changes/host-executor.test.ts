/** A packet filter rule through the whole executor: verified and confirmed; not verified and taken back; and taken back by the host when nobody can. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../src/changes/action.ts';
import { kinds } from '../../src/changes/actions/kinds.ts';
import type { Change } from '../../src/changes/change.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import { lockKeyOf } from '../../src/changes/lock-key.ts';
import type { HostTarget } from '../../src/config/targets.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { secret, targetsWith } from '../support/changes.ts';
import type { HostWorld } from '../support/host-world.ts';
import { openHostWorld, readToken, writeToken } from '../support/host-world.ts';
import { requirement } from '../support/requirements.ts';
import { testAlert, testDraft } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, requester } from './bench.ts';

const action: ActionOf<'iptables.rule'> = { kind: 'iptables.rule', target: 'edge', family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 1, rule: { protocol: 'tcp', destination_port: '5432', action: 'REJECT' } };
const listed = '-A INPUT -p tcp -m tcp --dport 5432 -j REJECT --reject-with icmp-port-unreachable';

describe.skipIf(!requirement('iptables'))('on a host', { timeout: 240_000 }, () => {
  let host: HostWorld;
  let bench: Bench;
  let helps: boolean;
  const target: HostTarget = { name: 'edge', url: '', readToken: secret(readToken), writeToken: secret(writeToken) };

  beforeAll(async () => {
    host = await openHostWorld();
    await host.start();
    target.url = host.url;
    bench = await openBench({ soak_seconds: 0, verification_deadline_seconds: 1 }, {
      kinds, targets: targetsWith({ hosts: [target] }),
      redact: createRedactor({ knownSecrets: () => [readToken, writeToken] }).redactSync,
      verify: () => Promise.resolve({ keys: helps ? [] : ['slow@service/checkout'], unread: [] }),
      pace: { pollMilliseconds: 100, undoDeadlineMilliseconds: 20_000 },
    });
  });
  afterAll(async () => {
    await bench?.close();
    await host?.close();
  });
  beforeEach(async () => {
    helps = true;
    await host.iptables('-F');
  });

  async function approved({ executor } = bench): Promise<Change> {
    const { incident } = await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Refused', requestedBy: requester });
    const { id } = await bench.store.changes.draft(incident.id, testDraft({ action, findingKeys: ['slow@service/checkout'] }), lockKeyOf(action));
    await executor.preview(id);
    const change = await bench.get(id);
    expect(change).toMatchObject({ state: 'proposed', lockKey: 'host/edge', risk: { level: 'high' } });
    await bench.decide(change, ana);
    await bench.decide(change, ben);
    return bench.get(id);
  }
  const idOn = (change: Change): string => String(change.written?.['hostChange']);

  test('verified: the host was told that it stays', async () => {
    const change = await approved();
    await bench.executor.execute(change.id, bench.signal);
    const after = await bench.get(change.id);
    expect(after.state).toBe('done');
    expect(host.record(idOn(after)).state).toBe('confirmed');
    expect(await host.rules()).toEqual([listed]);
    expect(JSON.stringify(await bench.events(change))).not.toContain(writeToken);
  });

  test('it did not help: taken back at once, and the host waits for nothing any more', async () => {
    helps = false;
    const change = await approved();
    await bench.executor.execute(change.id, bench.signal);
    const after = await bench.get(change.id);
    expect(after.state).toBe('undone');
    expect(host.record(idOn(after)).state).toBe('undone');
    expect(await host.rules()).toEqual([]);
  });

  test('nobody can reach the agent any more: never done, and the host takes it back by itself', async () => {
    const real = kinds['iptables.rule'];
    const unreachable: typeof real = {
      ...real,
      async confirm(...given) {
        await host.kill();
        await real.confirm?.(...given);
      },
    };
    const executor = createExecutor({ ...bench.parts, kinds: { ...kinds, 'iptables.rule': unreachable } });
    const change = await approved({ ...bench, executor });
    await executor.execute(change.id, bench.signal);
    const after = await bench.get(change.id);
    expect(after.state).toBe('failed');
    expect(await host.rules()).toEqual([listed]);
    host.expire(idOn(after));
    await waitFor('the host to take it back', () => host.record(idOn(after)).state === 'rolled_back', 120);
    expect(await host.rules()).toEqual([]);
  });
});
