import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFacts } from '../../../src/host-facts/parse-facts.ts';
import { parseSockets } from '../../../src/host-facts/parse-sockets.ts';
import type { HostAnswer } from '../../../src/host-facts/request.ts';
import { certificatesText, factsText, socketsText } from '../../../src/host-facts/show-facts.ts';
import { explain } from '../../../src/rules/causal.ts';
import { gapsOf } from '../../../src/rules/coverage.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { CertificateOnDisk, MachineReading } from '../../../src/rules/machine-readings.ts';
import { broken, evidence, readings, service, targets, times } from '../readings-support.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const recorded = (name: string): string => readFileSync(`test/fixtures/host/${name}`, 'utf8');
const answerOf = (sections: Record<string, string>, at = now): HostAnswer => ({ at, sections: Object.entries(sections).map(([source, text]) => ({ source, text })) });

function machine(sections: Record<string, string>, { at = now, runs = [], certificates }: { at?: number; runs?: string[]; certificates?: CertificateOnDisk[] } = {}): MachineReading {
  const answer = answerOf(sections, at);
  const [facts, sockets] = [parseFacts(answer, { asked: now, answered: now }), parseSockets(answer)];
  const text = certificates && certificatesText(certificates, new Date(now).toISOString());
  return {
    name: 'edge', runs, unread: [],
    facts: { value: facts, evidence: evidence(factsText(facts), 'generic') },
    sockets: { value: sockets, evidence: evidence(socketsText(sockets), 'network') },
    ...(certificates && { certificates: { value: certificates, evidence: { ...evidence(text ?? '', 'generic'), at: new Date(now).toISOString() } } }),
  };
}

const detect = (...machines: MachineReading[]) => detectAll(readings({ machines }), targets()).map(({ finding }) => finding);
const df = (used: number, available: number) => ({ 'df -P -T -l': `Filesystem Type 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 ext4 10000000 1 ${available} ${used}% /var/lib/data\n` });

describe('a host', () => {
  test('that is as this machine was recorded is well', () => {
    expect(detect(machine({
      'df -P -T -l': recorded('df.txt'), 'df -P -T -l -i': recorded('df-inodes.txt'), '/proc/meminfo': recorded('meminfo.txt'), '/proc/vmstat': recorded('vmstat.txt'), '/proc/pressure/memory': recorded('pressure-io.txt'),
      'dmesg ': recorded('dmesg.txt'), 'ss -tanH': recorded('ss.txt'), '/proc/net/netstat': recorded('netstat.txt'), '/proc/sys/net/netfilter/nf_conntrack_count': '12', '/proc/sys/net/netfilter/nf_conntrack_max': '262144', '/proc/sys/net/ipv4/ip_local_port_range': '32768 60999',
    }))).toEqual([]);
  });

  test.each<[string, Record<string, string>, number, object]>([
    ['without room', df(100, 0), now, { mechanism: 'disk-full', severity: 'critical', resource: 'disk/edge', title: '/var/lib/data of edge is 100 % full', quotes: [{ quote: expect.stringMatching(/^disk \/var\/lib\/data .* 100 % of/) as string }] }],
    ['with little room', df(96, 400_000), now, { mechanism: 'disk-full', severity: 'info' }],
    ['without inodes', { ...df(10, 9_000_000), 'df -P -T -l -i': '/dev/sda1 ext4 1000 1000 0 100% /var/lib/data\n' }, now, { mechanism: 'inodes-exhausted', severity: 'critical' }],
    ['that killed for want of memory', { 'journalctl ': '2026-11-23T11:50:00+0000 edge kernel: Memory cgroup out of memory: Killed process 4711 (java) total-vm:1kB' }, now, { mechanism: 'out-of-memory-kills', severity: 'warning', title: expect.stringContaining('within the last hour: java') as string, explanation: expect.stringContaining('control group') as string, quotes: [expect.anything()] }],
    ['that killed yesterday', { 'journalctl ': '2026-11-22T13:50:00+0000 edge kernel: Out of memory: Killed process 4711 (java)' }, now, { mechanism: 'out-of-memory-kills', severity: 'info' }],
    ['that tracks all the connections it can', { '/proc/sys/net/netfilter/nf_conntrack_count': '65536', '/proc/sys/net/netfilter/nf_conntrack_max': '65536' }, now, { mechanism: 'conntrack-table-full', severity: 'critical', quotes: [{ quote: 'connection tracking: 65536 of 65536 entries used' }] }],
    ['whose clock is behind', {}, now - 300_000, { mechanism: 'clock-skew', severity: 'warning', title: expect.stringContaining('5 min behind the clock of the machine that looks') as string, quotes: [{ quote: 'clock: at least 300000 ms behind ours' }] }],
    ['whose clock is not kept', { 'timedatectl ': 'NTPSynchronized=no\n' }, now, { mechanism: 'clock-not-synchronised', severity: 'info' }],
    ['with a unit that failed', { 'systemctl ': 'backup.service loaded failed failed Nightly backup\n' }, now, { mechanism: 'unit-failed', severity: 'info', quotes: [{ quote: 'unit failed: backup.service (Nightly backup)' }] }],
    ['where nobody accepts', { 'ss -tanH': 'LISTEN 129 128 0.0.0.0:8080 0.0.0.0:*\n' }, now, { mechanism: 'listen-queue-full', severity: 'warning', quotes: [expect.anything()] }],
    ['without outgoing ports', { '/proc/sys/net/ipv4/ip_local_port_range': '32768 32787', 'ss -tanH': Array.from({ length: 19 }, (_, index) => `TIME-WAIT 0 0 10.0.0.1:${32_768 + index} 10.0.0.2:5432`).join('\n') }, now, { mechanism: 'outgoing-ports-exhausted', severity: 'critical', quotes: [expect.anything()] }],
    ['with a disk that fails', { 'dmesg ': '2026-11-23T11:00:00,000000+00:00 EXT4-fs (sda1): Remounting filesystem read-only' }, now, { mechanism: 'filesystem-read-only', severity: 'critical', quotes: [expect.anything()] }],
    ['short of memory', { '/proc/pressure/memory': 'some avg10=60.00 avg60=50.00 avg300=40.00 total=1\nfull avg10=30.00 avg60=25.50 avg300=20.00 total=1' }, now, { mechanism: 'memory-pressure', severity: 'warning', quotes: [expect.anything()] }],
  ])('%s', (_what, sections, at, finding) => {
    const found = detect(machine(sections, { at }));
    expect(found).toMatchObject([finding]);
    expect(found[0]?.remedy).toBeUndefined();
  });

  test('what is 99 % full and has gigabytes left is not full', () => {
    expect(detect(machine({ 'df -P -T -l': '/dev/sdb xfs 4000000000 3950000000 50000000 99% /big\n' }))).toMatchObject([{ severity: 'info' }]);
  });
});

describe('certificates on disk', () => {
  const certificate = (part: Partial<CertificateOnDisk>): CertificateOnDisk => ({ file: '/etc/own/a.pem', subject: 'CN=shop.test', issuer: 'CN=x', names: ['shop.test'], notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-06-01T00:00:00.000Z', authority: false, ...part });

  test.each<[string, CertificateOnDisk[], object[]]>([
    ['expired', [certificate({ notAfter: '2026-11-20T00:00:00.000Z' })], [{ mechanism: 'certificate-expired', severity: 'warning', quotes: [{ quote: expect.stringContaining('EXPIRED 3 days ago') as string }] }]],
    ['soon to expire', [certificate({ notAfter: '2026-11-27T00:00:00.000Z' })], [{ mechanism: 'certificate-expiring', severity: 'info' }]],
    ['not yet valid', [certificate({ notBefore: '2026-12-01T00:00:00.000Z' })], [{ mechanism: 'certificate-not-yet-valid', severity: 'warning' }]],
    ['expired, with a newer one beside it', [certificate({ notAfter: '2026-11-20T00:00:00.000Z' }), certificate({ file: '/etc/own/b.pem' })], []],
    ['an old authority among those that are trusted', [certificate({ names: [], authority: true, notAfter: '2020-01-01T00:00:00.000Z' })], []],
  ])('%s', (_what, certificates, found) => {
    expect(detect(machine({}, { certificates }))).toMatchObject(found);
  });
});

test('a service that fails on a host without room has its cause there; one on another host has not', () => {
  const found = detectAll(readings({ services: [service('api', { samples: times(6, broken('boom')) }), service('other', { samples: times(6, broken('boom')) })], machines: [machine(df(100, 0), { runs: ['service/api'] })] }), targets([{ name: 'api' }, { name: 'other' }])).map(({ finding }) => finding);
  expect(found.find(({ resource }) => resource === 'service/api')?.blames).toBe('disk/edge');
  expect(found.find(({ resource }) => resource === 'service/other')?.blames).toBeUndefined();
  expect(explain(found, targets([{ name: 'api' }]), ['api']).root).toMatchObject({ mechanism: 'disk-full' });
});

test('a failed unit with the name of what is configured is grave', () => {
  expect(detect(machine({ 'systemctl ': 'backup.service loaded failed failed x\napi@1.service loaded failed failed The API\n' }, { runs: ['service/api'] }))[0]).toMatchObject({ severity: 'warning', title: '1 unit of edge failed: api@1.service' });
});

test('what of a host was not read is a gap', () => {
  expect(gapsOf(readings({ machines: [{ name: 'edge', runs: [], unread: [{ what: 'facts of host edge', message: 'no answer' }] }] }), 'generic')).toEqual(['facts of host edge: no answer']);
});

test('no rule throws, whatever a host says', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('/dev/a b ext4 1 1 1 100% /', 'x.service loaded failed failed y', 'LISTEN 9 9 [::]:1 [::]:*', 'full avg60=1e9', '2026-11-23T11:00:00Z Out of memory: Killed process 1 (__proto__)'));
  const source = fc.constantFrom('df -P -T -l', 'df -P -T -l -i', 'dmesg ', 'systemctl ', 'timedatectl ', 'chronyc ', 'ss -tanH', '/proc/pressure/memory', '/proc/sys/net/netfilter/nf_conntrack_count', '/proc/sys/net/netfilter/nf_conntrack_max');
  fc.assert(fc.property(fc.dictionary(source, text), fc.array(fc.string()), fc.array(fc.record({ file: text, subject: text, issuer: text, names: fc.array(text), notBefore: text, notAfter: text, authority: fc.boolean() })), (sections, runs, certificates) => {
    const one = machine(sections, { runs });
    const read = { ...one, certificates: { value: certificates, evidence: evidence('', 'generic') } };
    for (const finding of detect(read)) expect(finding.title).not.toBe('');
  }), { numRuns: 150 });
});
