import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HostWorld } from '../support/host-world.ts';
import { openHostWorld, readToken } from '../support/host-world.ts';
import { requirement } from '../support/requirements.ts';
import { waitFor } from '../support/wait-for.ts';

const rule = { protocol: 'tcp', destination_port: '5432', action: 'DROP' };
const listed = '-A INPUT -p tcp -m tcp --dport 5432 -j DROP';
const command = 'iptables -w 5 -t filter -I INPUT 1 -p tcp -m tcp --dport 5432 -j DROP';
const undo = 'iptables -w 5 -t filter -D INPUT -p tcp -m tcp --dport 5432 -j DROP';

describe.skipIf(!requirement('iptables')).concurrent('a change that nobody confirms is taken back by the host itself', { timeout: 240_000 }, () => {
  test('after its deadline, while the agent runs', withHost(async (host) => {
    expect(await apply(host, 'C1', 2)).toMatchObject({ status: 200, body: { state: 'applied', standing: 'in place' } });
    await settled(host, 'C1', 'rolled_back');
    expect(await host.rules()).toEqual([]);
    expect((await host.request('POST', '/v1/changes/C1/confirm')).body).toMatchObject({ message: expect.stringContaining("can't be confirmed: it is rolled back") });
  }));

  test('when the agent is killed before iptables runs', withHost(async (host) => {
    const gate = host.hold('before');
    const answer = apply(host, 'C1', 600).catch(() => 'cut off');
    const writer = await gate.held();
    await host.kill();
    process.kill(writer, 'SIGKILL');
    expect(await answer).toBe('cut off');
    host.expire('C1');
    await settled(host, 'C1', 'not_applied');
    expect(await host.rules()).toEqual([]);
  }));

  test('when the agent is killed and its iptables runs after all, late', withHost(async (host) => {
    const gate = host.hold('before');
    const answer = apply(host, 'C1', 600).catch(() => 'cut off');
    await gate.held();
    await host.kill();
    await answer;
    host.expire('C1');
    await waitFor('the guard to look at the rules', () => processesWith(path.join(host.stateDirectory, 'iptables.lock')).length > 0, 120);
    gate.release();
    await settled(host, 'C1', 'rolled_back');
    expect(await host.rules()).toEqual([]);
  }));

  test('when the agent is killed after iptables ran and before it knew', withHost(async (host) => {
    const gate = host.hold('after');
    const answer = apply(host, 'C1', 600).catch(() => 'cut off');
    await gate.held();
    expect(await host.rules()).toEqual([listed]);
    await host.kill();
    gate.release();
    await answer;
    host.expire('C1');
    await settled(host, 'C1', 'rolled_back');
    expect(await host.rules()).toEqual([]);
  }));

  test('when the agent is killed before the confirmation', withHost(async (host) => {
    expect(await apply(host, 'C1', 600)).toMatchObject({ status: 200 });
    await host.kill();
    expect(await host.rules()).toEqual([listed]);
    host.expire('C1');
    await settled(host, 'C1', 'rolled_back');
    expect(await host.rules()).toEqual([]);
  }));

  test('when the clock is a day behind', withHost(async (host) => {
    expect(await apply(host, 'C1', 600)).toMatchObject({ status: 200 });
    await host.kill();
    host.expire('C1', { deadline: Date.now() + 24 * 3_600_000, request: { ...host.record('C1').request, rollback_seconds: 1 } });
    await settled(host, 'C1', 'rolled_back');
    expect(await host.rules()).toEqual([]);
  }));
});

describe.skipIf(!requirement('iptables'))('the agent of a host', { timeout: 240_000 }, () => {
  let host: HostWorld;
  beforeAll(async () => {
    host = await openHostWorld();
    await host.start();
  });
  afterAll(() => host.close());
  afterEach(() => host.iptables('-F'));

  test('a confirmed change stays, the same change twice is written once, and another one waits for the confirmation', async () => {
    const request = await requestFor(host, 'C1', 600);
    const [one, other] = await Promise.all([host.request('POST', '/v1/changes', request), host.request('POST', '/v1/changes', request)]);
    expect([one, other]).toEqual([expect.objectContaining({ status: 200 }), expect.objectContaining({ status: 200 })]);
    expect(await host.rules()).toEqual([listed]);
    expect(await host.request('POST', '/v1/changes', { ...request, rollback_seconds: 601 })).toMatchObject({ status: 409 });
    const next = { ...(await requestFor(host, 'C2', 600, { destination_port: '5433' })) };
    expect(await host.request('POST', '/v1/changes', next)).toMatchObject({ status: 409, body: { message: expect.stringContaining('C1 is not confirmed yet') } });
    expect(await host.request('POST', '/v1/changes/C1/confirm')).toMatchObject({ status: 200, body: { state: 'confirmed' } });
    // What guarded it looks again and ends; the agent, too, leaves it alone from now on.
    await waitFor('no guard', () => guardOf(host) === undefined, 120);
    expect(await host.rules()).toEqual([listed]);
    expect(await host.request('POST', '/v1/changes/C1/undo', { command: undo })).toMatchObject({ status: 200, body: { state: 'undone', standing: 'as before' } });
    expect(await host.rules()).toEqual([]);
    expect(await host.request('POST', '/v1/changes', request)).toMatchObject({ status: 200, body: { state: 'undone' } });
    expect(await host.rules()).toEqual([]);
  });

  test('an agent that starts again takes back what is overdue when its guard is gone, too, and guards what is not', async () => {
    await apply(host, 'C3', 600);
    await host.kill();
    process.kill(guardOf(host) ?? 0, 'SIGKILL');
    host.expire('C3');
    expect(await host.rules()).toEqual([listed]);
    await host.start();
    expect(await host.rules()).toEqual([]);
    expect(host.record('C3').state).toBe('rolled_back');

    await apply(host, 'C4', 600);
    await host.kill();
    process.kill(guardOf(host) ?? 0, 'SIGKILL');
    await host.start();
    expect(guardOf(host)).toBeGreaterThan(0);
    expect(await host.rules()).toEqual([listed]);
    expect(await host.stop()).toBe(0);
    expect(guardOf(host)).toBeGreaterThan(0);
    await host.start();
    expect(await host.request('POST', '/v1/changes/C4/confirm')).toMatchObject({ status: 200 });
  });

  test('what never ran is settled without a touch: the same rule may be somebody else\'s', async () => {
    await apply(host, 'C8', 600);
    await host.request('POST', '/v1/changes/C8/confirm');
    expect(await host.stop()).toBe(0);
    const record = host.record('C8');
    writeFileSync(path.join(host.stateDirectory, 'changes', 'C9.json'), JSON.stringify({ ...record, request: { ...record.request, id: 'C9' }, state: 'armed', deadline: 1 }));
    await host.start();
    expect(host.record('C9').state).toBe('not_applied');
    expect(await host.rules()).toEqual([listed]);
  });

  test('a rule that others changed round about is taken back all the same; one that others took or doubled is left alone', async () => {
    await apply(host, 'C5', 600);
    await host.iptables('-I', 'INPUT', '1', '-s', '10.1.1.1', '-j', 'DROP');
    host.expire('C5');
    await settled(host, 'C5', 'rolled_back');
    expect(await host.rules()).toEqual(['-A INPUT -s 10.1.1.1/32 -j DROP']);

    await apply(host, 'C6', 600);
    await host.iptables('-A', 'INPUT', '-p', 'tcp', '--dport', '5432', '-j', 'DROP');
    host.expire('C6');
    await settled(host, 'C6', 'left_alone');
    expect(await host.rules()).toHaveLength(3);
  });

  test('nothing is written on another table than the one that was approved, nor anything else than what was approved', async () => {
    const request = await requestFor(host, 'C7', 600);
    expect(await host.request('POST', '/v1/changes', { ...request, command: request.command.replace('5432', '5433') })).toMatchObject({ status: 422 });
    expect(await host.request('POST', '/v1/changes', { ...request, undo: 'iptables -F' })).toMatchObject({ status: 422 });
    await host.iptables('-A', 'FORWARD', '-s', '10.1.1.1', '-j', 'DROP');
    expect(await host.request('POST', '/v1/changes', request)).toMatchObject({ status: 412 });
    expect(await host.rules()).toEqual([]);
    expect(await host.request('GET', '/v1/changes/C7')).toMatchObject({ status: 404 });
  });

  test('what stands on its host decides: no ssh is cut off, whoever asks', async () => {
    const request = { ...(await requestFor(host, 'C7', 600)), rule: { protocol: 'tcp', destination_port: '22', action: 'DROP' } };
    const line = (text: string): string => text.replace('5432', '22');
    expect(await host.request('POST', '/v1/changes', { ...request, command: line(command), undo: line(undo) })).toMatchObject({ status: 422, body: { message: expect.stringContaining('cut off ssh') } });
  });

  test('only the right token opens a door, and no token is ever logged', async () => {
    const request = await requestFor(host, 'C7', 600);
    for (const token of ['', 'wrong', `${readToken}x`]) expect(await host.request('GET', '/v1/rules?table=filter&family=ipv4', undefined, token)).toMatchObject({ status: 401 });
    expect(await host.request('GET', '/v1/rules?table=filter&family=ipv4', undefined, readToken)).toMatchObject({ status: 200, body: { hash: request.hash } });
    for (const where of ['/v1/changes', '/v1/changes/C7/confirm', '/v1/changes/C7/undo']) expect(await host.request('POST', where, request, readToken)).toMatchObject({ status: 403 });
    expect(await host.rules()).toEqual([]);
    expect(host.logged()).not.toContain(readToken);
  });

  test('what may be read of it is read with the read token, and only that', async () => {
    const facts = await host.request('GET', '/v1/read?what=facts', undefined, readToken);
    expect(facts).toMatchObject({ status: 200, body: { at: expect.any(Number), sections: expect.arrayContaining([expect.objectContaining({ source: 'df -P -T -l', text: expect.stringMatching(/ \/$/m) as string }), expect.objectContaining({ source: '/proc/meminfo', text: expect.stringContaining('MemAvailable') as string })]) } });
    // Of its own network, where nobody but loopback is.
    const network = await host.request('GET', '/v1/read?what=network', undefined, readToken);
    expect(JSON.stringify(network.body)).not.toContain('eth0');
    await host.iptables('-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '443', '-j', 'DNAT', '--to-destination', '10.0.0.5:6443');
    const tables = await host.request('GET', '/v1/read?what=packet-filter', undefined, readToken);
    expect(JSON.stringify(tables.body)).toContain('--dport 443 -j DNAT --to-destination 10.0.0.5:6443');
    await host.iptables('-t', 'nat', '-F');
    expect(await host.request('GET', '/v1/read?what=facts', undefined, 'wrong')).toMatchObject({ status: 401 });
    expect(await host.request('GET', '/v1/read?what=logs&unit=sshd.service', undefined, readToken)).toMatchObject({ status: 403, body: { error: 'not_allowed' } });
    expect(await host.request('GET', '/v1/read?what=ping&to=127.0.0.1', undefined, readToken)).toMatchObject({ status: 403 });
    expect(await host.request('GET', '/v1/read?what=certificates', undefined, readToken)).toMatchObject({ status: 403 });
    expect(await host.request('POST', '/v1/read?what=facts', {}, readToken)).toMatchObject({ status: 403 });
  });

  test.each<[string, string, string, unknown]>([
    ['a table that nobody may see', 'GET', '/v1/rules?table=nat&family=ipv4', undefined],
    ['something to be read that is not there', 'GET', '/v1/read?what=shadow', undefined],
    ['a flag for a unit', 'GET', '/v1/read?what=logs&unit=--root%3D%2F', undefined],
    ['a flag to be pinged', 'GET', '/v1/read?what=ping&to=-f', undefined],
    ['more than was asked', 'GET', '/v1/read?what=facts&argv=-x', undefined],
    ['a flag for a family', 'GET', '/v1/rules?table=filter&family=-F', undefined],
    ['a path for an id', 'GET', '/v1/changes/..%2f..%2fetc', undefined],
    ['a body that is no change', 'POST', '/v1/changes', { id: 'C7', argv: ['-F'] }],
    ['a body without end', 'POST', '/v1/changes', { id: 'x'.repeat(20_000) }],
  ])('refuses %s', async (_what, method, where, body) => {
    const answer = await host.request(method, where, body);
    expect([400, 413]).toContain(answer.status);
    expect(await host.rules()).toEqual([]);
  });
});

function withHost(story: (host: HostWorld) => Promise<void>): () => Promise<void> {
  return async () => {
    const host = await openHostWorld();
    try {
      await host.start();
      await story(host);
    } finally {
      await host.close();
    }
  };
}

async function requestFor(host: HostWorld, id: string, seconds: number, part: { destination_port?: string } = {}) {
  const { body } = await host.request('GET', '/v1/rules?table=filter&family=ipv4');
  const here = (text: string): string => text.replace('5432', part.destination_port ?? '5432');
  return { id, family: 'ipv4', table: 'filter', operation: 'insert', chain: 'INPUT', position: 1, rule: { ...rule, ...part }, hash: body['hash'], command: here(command), undo: here(undo), rollback_seconds: seconds };
}

async function apply(host: HostWorld, id: string, seconds: number) {
  return host.request('POST', '/v1/changes', await requestFor(host, id, seconds));
}

async function settled(host: HostWorld, id: string, state: string): Promise<void> {
  await waitFor(`${id} to be ${state}`, () => host.record(id).state === state, 120);
}

/** The process that guards a change of this host; undefined when there is none. */
function guardOf({ stateDirectory }: HostWorld): number | undefined {
  return processesWith(stateDirectory).find(({ words }) => words.some((word) => word.includes('guard-program')))?.pid;
}

function processesWith(argument: string): { pid: number; words: string[] }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return words.includes(argument) ? [{ pid: Number(name), words }] : [];
    } catch {
      return [];
    }
  });
}
