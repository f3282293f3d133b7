import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDeploys } from '../../src/host-facts/deploys.ts';
import { parseFacts } from '../../src/host-facts/parse-facts.ts';
import { kernelAddress, parseSockets, socketsOfKernel, socketsOfSs } from '../../src/host-facts/parse-sockets.ts';
import type { HostAnswer } from '../../src/host-facts/request.ts';
import { hostRequest } from '../../src/host-facts/request.ts';
import { factsText, size, socketsText } from '../../src/host-facts/show-facts.ts';
import { networkText, pingText } from '../../src/host-facts/show-network.ts';
import { payloads, sourcesOf } from '../../src/host-facts/sources.ts';

const recorded = (name: string): string => readFileSync(`test/fixtures/host/${name}`, 'utf8');
const answer = (sections: Record<string, string>, at = 1_700_000_000_000): HostAnswer => ({ at, sections: Object.entries(sections).map(([source, text]) => ({ source, text })) });

describe('what this machine said', () => {
  const facts = parseFacts(answer({
    'df -P -T -l': recorded('df.txt'), 'df -P -T -l -i': recorded('df-inodes.txt'), '/proc/meminfo': recorded('meminfo.txt'), '/proc/vmstat': recorded('vmstat.txt'),
    '/proc/loadavg': '7.71 7.04 6.37 26/745 9215\n', '/proc/uptime': '46188.27 32735.73\n', '/proc/sys/fs/file-nr': '5160\t0\t2466183\n', '/sys/devices/system/cpu/online': '0-1\n',
    '/proc/pressure/io': recorded('pressure-io.txt'), 'dmesg --level=emerg,alert,crit,err,warn --time-format=iso': recorded('dmesg.txt'), 'ps -eo pid,stat,pcpu,rss,comm --sort=-rss': recorded('ps.txt'),
  }), { asked: 1_700_000_000_000 + 7_000, answered: 1_700_000_000_000 + 7_040 });

  test('facts', () => {
    expect(facts.filesystems.find(({ mount }) => mount === '/')).toEqual({ mount: '/', device: '/dev/vda', type: 'ext4', bytes: 264_212_084 * 1024, availableBytes: 63_292_704 * 1024, used: 41, inodesUsed: expect.any(Number) as number });
    expect(facts).toMatchObject({ memory: { bytes: 24_684_096 * 1024, swapBytes: 0 }, load: { one: 7.71, five: 7.04, fifteen: 6.37 }, cpus: 2, uptimeSeconds: 46_188.27, openFiles: { used: 5_160, limit: 2_466_183 }, memoryKillsSinceBoot: 0, memoryKills: [], failedUnits: [] });
    expect(facts.pressure).toEqual([{ resource: 'io', some: expect.any(Number) as number, full: expect.any(Number) as number }]);
    expect(facts.kernel.at(-1)).toEqual({ at: '2026-11-22T23:29:13.830Z', text: expect.stringMatching(/^EXT4-fs warning \(device vda\)/) as string });
    expect(facts.processes[0]).toMatchObject({ pid: 17_575, state: 'Sl', cpu: 70.8, bytes: 1_507_004 * 1024, name: 'tsc' });
    expect(facts.clock).toEqual({ ahead: -7_000 });
    const text = factsText(facts);
    expect(text).toContain('disk / (/dev/vda, ext4): 41 % of 252.0 GiB used, 60.4 GiB left; inodes');
    expect(text).toContain('load: 7.71 7.04 6.37 on 2 CPUs');
    expect(text).toContain('[3 lines like this');
  });

  test('sockets, from ss and from the kernel alike', () => {
    const listed = parseSockets(answer({ 'ss -tanH': recorded('ss.txt'), '/proc/sys/net/netfilter/nf_conntrack_count': '7\n', '/proc/sys/net/netfilter/nf_conntrack_max': '262144\n', '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n' }));
    expect(listed.states).toEqual({ 'TIME-WAIT': 8, LISTEN: 6, ESTAB: 6 });
    expect(listed.listeners[0]).toEqual({ address: '127.97.0.10', port: 53, waiting: 0, limit: 511 });
    expect(listed.conntrack).toEqual({ used: 7, limit: 262_144 });
    expect(listed.ephemeral).toEqual({ ports: 28_232, peer: '127.0.0.1:36949', used: 5 });
    expect(listed.ports[0]).toEqual({ port: 8080, count: 6, states: { 'TIME-WAIT': 6 } });
    const [first] = socketsOfKernel(recorded('proc-net-tcp.txt'));
    expect(first).toEqual({ state: 'LISTEN', received: 0, sent: 0, address: '127.97.0.10', port: 53, peer: '0.0.0.0', peerPort: 0 });
    const kernel = parseSockets(answer({ '/proc/net/tcp': recorded('proc-net-tcp.txt') }));
    expect(kernel.states).toEqual({ LISTEN: 3, ESTAB: 3, 'TIME-WAIT': 3 });
    expect(kernel.listeners[0]).not.toHaveProperty('limit');
    expect([kernelAddress('0100007F'), kernelAddress('B80D0120000000000000000001000000'), kernelAddress('0000000000000000FFFF00000A00000A')]).toEqual(['127.0.0.1', '[2001:db8::1]', '10.0.0.10']);
  });

  test('counters and how much they grew', () => {
    const later = recorded('netstat.txt').replace(/^(TcpExt: (?:\d+ ){20})\d+/m, '$1999');
    const sockets = parseSockets({ at: 0, sections: [{ source: '/proc/net/netstat', text: recorded('netstat.txt') }, { source: '/proc/net/snmp', text: recorded('snmp.txt') }, { source: '/proc/net/netstat', text: later }] });
    expect(sockets.counters.find(({ name }) => name === 'ListenOverflows')).toEqual({ name: 'ListenOverflows', total: 192, perSecond: 0 });
    expect(sockets.counters.find(({ name }) => name === 'RetransSegs')).toEqual({ name: 'RetransSegs', total: expect.any(Number) as number });
  });

  test('interfaces, routes and neighbours', () => {
    const text = networkText(answer({ 'ip -j -s addr': recorded('ip-addr.json'), 'ip -j route': recorded('ip-route.json'), 'ip -j neigh': recorded('ip-neigh.json'), '/etc/resolv.conf': '# x\nnameserver 10.96.0.10\nsearch a.test\n' }));
    expect(text).toMatch(/^interface eth0: UP, MTU 1400, 192\.0\.2\.2\/24 .*0 errors, 0 dropped/m);
    expect(text).toContain('route default via 192.0.2.1 on eth0');
    expect(text).toContain('neighbours: 2, of which 1 do not answer (fd00::1 on eth0)');
    expect(text).toContain('resolv.conf: search a.test');
    expect(networkText(answer({ '/proc/net/dev': recorded('net-dev.txt') }))).toMatch(/^interface lo: received \d+ packets, 0 errors, 0 dropped; sent \d+ packets, 0 errors, 0 dropped$/m);
    expect(networkText(answer({ 'ip -j -s addr': recorded('ip-addr.json'), 'ip -j route': '[]' }))).toContain('THERE IS NO DEFAULT ROUTE');
  });
});

describe('as the programs document it', () => {
  test('kills for want of memory, of a group and of the host, in both logs', () => {
    const text = [
      '2026-11-23T01:00:00+0000 edge kernel: Memory cgroup out of memory: Killed process 4711 (java) total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:100kB oom_score_adj:0',
      '2026-11-23T01:30:00+0000 edge kernel: Out of memory: Killed process 99 (postgres) total-vm:9000kB',
    ].join('\n');
    expect(parseFacts(answer({ 'journalctl -q -k': text })).memoryKills).toMatchObject([{ at: '2026-11-23T01:00:00.000Z', process: 'java', pid: 4711, ofGroup: true }, { process: 'postgres', ofGroup: false }]);
    expect(parseFacts(answer({ 'dmesg --level': '2026-11-23T01:00:00,123456+00:00 Out of memory: Kill process 99 (postgres) score 900 or sacrifice child' })).memoryKills).toMatchObject([{ at: '2026-11-23T01:00:00.123Z', pid: 99 }]);
  });

  test('failed units and the clock', () => {
    const units = 'nginx.service loaded failed failed A high performance web server\n● backup.timer loaded failed failed Nightly backup\n';
    const chrony = 'Reference ID    : A9FEA97B (169.254.169.123)\nSystem time     : 42.000012 seconds slow of NTP time\nLeap status     : Not synchronised\n';
    expect(parseFacts(answer({ 'systemctl list-units': units })).failedUnits).toEqual([{ name: 'nginx.service', description: 'A high performance web server' }, { name: 'backup.timer', description: 'Nightly backup' }]);
    expect(parseFacts(answer({ 'chronyc -n tracking': chrony, 'timedatectl show': 'NTPSynchronized=yes\n' })).clock).toEqual({ synchronised: false, says: 'system time 42.000012 seconds slow of NTP time' });
    expect(parseFacts(answer({ 'timedatectl show': 'Timezone=UTC\nNTPSynchronized=no\n' })).clock).toEqual({ synchronised: false });
  });

  test('disks that are full by nature do not count, and names may hold spaces', () => {
    const text = 'Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/loop0 squashfs 100 100 0 100% /snap/core\n//nas/a b cifs 1000 990 10 99% /mnt/a b\noverlay overlay 10 10 0 100% /var/lib/x\n';
    expect(parseFacts(answer({ 'df -P -T -l': text })).filesystems).toMatchObject([{ device: '//nas/a b', mount: '/mnt/a b', used: 99, inodesUsed: null }]);
  });

  test('a listen queue that is full is called so', () => {
    expect(socketsText(parseSockets(answer({ 'ss -tanH': 'LISTEN 129 128 0.0.0.0:443 0.0.0.0:*\n' })))).toContain('listens on 0.0.0.0:443: 129 of 128 connections wait to be accepted (FULL: new ones are dropped)');
  });

  test('ping, and the largest packet that gets through', () => {
    expect(pingText(answer({ 'ping -n -c 3': '3 packets transmitted, 3 received, 0% packet loss, time 2003ms\nrtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms' }), false)).toMatchObject({ failed: false });
    expect(pingText(answer({ 'ping -n -c 3': '3 packets transmitted, 0 received, 100% packet loss' }), false)).toMatchObject({ failed: true });
    const probe = (limit: number): HostAnswer => ({ at: 0, sections: payloads.map((bytes) => ({ source: `ping -n -c 1 -W 1 -w 2 -M do -s ${bytes} 10.0.0.1`, text: bytes <= limit ? '1 packets transmitted, 1 received, 0% packet loss' : 'ping: local error: message too long, mtu=1400\n1 packets transmitted, 0 received' })) });
    expect(pingText(probe(1372), true).text).toContain('Packets up to 1400 bytes get through, larger ones do not');
    expect(pingText(probe(1372), true).text).toContain('payload 1472 (a packet of 1500 bytes with IPv4): local error: message too long, mtu=1400');
    expect(pingText(probe(9_000), true).text).toContain('Full packets of 1500 bytes get through.');
    expect(pingText(probe(0), true)).toMatchObject({ failed: true });
  });

  test('lists of deploys, whoever wrote them', () => {
    const list = JSON.stringify({ deployments: [{ service: 'api', version: '1.2', deployed_at: '2026-11-23T00:00:00Z' }, { app: { name: 'web' }, timestamp: 1_763_856_000 }, { note: 'no time' }] });
    expect(parseDeploys(list)).toEqual({ deploys: [{ at: '2026-11-23T00:00:00.000Z', text: 'service=api version=1.2 deployed_at=2026-11-23T00:00:00Z' }, { at: '2025-11-23T00:00:00.000Z', text: 'app.name=web timestamp=1763856000' }], withoutTime: 1 });
    expect(() => parseDeploys('{"x": 1}')).toThrow(/no list/);
  });
});

test('no parser throws, whatever a host says', () => {
  const sources = ['df -P -T -l', 'df -P -T -l -i', '/proc/meminfo', '/proc/vmstat', '/proc/loadavg', '/proc/net/netstat', 'ss -tanH', '/proc/net/tcp', '/proc/net/tcp6', 'ip -j -s addr', 'ip -j route', 'ip -j neigh', 'journalctl -q', 'dmesg', 'chronyc ', 'timedatectl ', 'systemctl ', 'ps '];
  const lines = fc.oneof(fc.string(), fc.constantFrom(...['ss.txt', 'df.txt', 'netstat.txt', 'dmesg.txt', 'ip-addr.json'].map(recorded)), fc.json());
  fc.assert(fc.property(fc.array(fc.record({ source: fc.constantFrom(...sources), text: lines })), fc.double({ noNaN: true, min: 0, max: 8e15 }), (sections, at) => {
    const said = { at, sections };
    expect([factsText(parseFacts(said)), socketsText(parseSockets(said)), networkText(said), pingText(said, true).text]).toEqual(Array.from({ length: 4 }, () => expect.any(String) as string));
  }), { numRuns: 150 });
});

test('ends of sockets survive being listed', () => {
  const end = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }));
  fc.assert(fc.property(end, end, fc.nat(9_999), ([address, port], [peer, peerPort], received) => {
    expect(socketsOfSs(`ESTAB ${received} 0 ${address}:${port} ${peer}:${peerPort}\n`)).toEqual([{ state: 'ESTAB', received, sent: 0, address, port, peer, peerPort }]);
  }));
});

test('nothing that somebody asks for becomes a flag', () => {
  const hostile = fc.oneof(fc.string(), fc.constantFrom('-f', '--root=/', 'a b', 'a;b', '$(id)', 'a\nb', 'x\0', '../../etc/passwd', '/etc/shadow'));
  const ours = new Set(['-n', '-c', '-i', '-W', '-w', '-q', '-o', '--no-pager', '-M', '-s']);
  fc.assert(fc.property(hostile, (word) => {
    for (const request of [{ what: 'logs', unit: word }, { what: 'ping', to: word }, { what: 'ping', to: word, path_mtu: 'true' }, { what: word }, { what: 'logs', unit: 'a.service', minutes: word }, { what: 'logs', unit: 'a.service', priority: word }]) {
      const parsed = hostRequest.safeParse(request);
      if (!parsed.success) continue;
      for (const source of sourcesOf(parsed.data)) {
        if (!('argv' in source)) continue;
        for (const argument of source.argv) expect(ours.has(argument) || /^[A-Za-z0-9:][A-Za-z0-9:_.@\\-]*$/.test(argument) || /^--(?:since=-\d+min|priority=[a-z]+|unit=[A-Za-z0-9][A-Za-z0-9:_.@\\-]*)$/.test(argument)).toBe(true);
      }
    }
  }), { numRuns: 400 });
});

test('sizes', () => {
  expect([0, 1, 1023, 1024, 1536, 5e12].map(size)).toEqual(['0 B', '1 B', '1023 B', '1.0 KiB', '1.5 KiB', '4.5 TiB']);
});
