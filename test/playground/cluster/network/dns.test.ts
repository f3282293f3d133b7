import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerQuestion } from '../../../../playground/cluster/network/dns/answer.ts';
import type { Answer } from '../../../../playground/cluster/network/dns/answer.ts';
import { CorefileError, parseCorefile } from '../../../../playground/cluster/network/dns/corefile.ts';
import { forwardQuestion } from '../../../../playground/cluster/network/dns/forward.ts';
import { clusterZone } from '../../../../playground/cluster/network/dns/records.ts';
import { candidates } from '../../../../playground/cluster/network/preload/names.ts';

const corefile = (plugins: string): string => `.:53 {\n  errors\n${plugins}\n}\n`;
const kubernetes = '  kubernetes cluster.local in-addr.arpa {\n    fallthrough in-addr.arpa\n    ttl 7\n  }\n  forward . /etc/resolv.conf';

const meta = (name: string, namespace: string, labels: Record<string, string> = {}) => ({ name, namespace, labels, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const services = [
  { apiVersion: 'v1', kind: 'Service', metadata: meta('cart', 'shop'), spec: { clusterIP: '127.96.0.30', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: meta('db', 'shop'), spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] } },
  { apiVersion: 'v1', kind: 'Service', metadata: meta('mail', 'shop'), spec: { type: 'ExternalName', externalName: 'mail.example.com' } },
  { apiVersion: 'v1', kind: 'Service', metadata: meta('basket', 'shop'), spec: { type: 'ExternalName', externalName: 'cart.shop.svc.cluster.local' } },
];
const slices = [{
  apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: meta('db-abc', 'shop', { 'kubernetes.io/service-name': 'db' }), addressType: 'IPv4', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  endpoints: [{ addresses: ['127.208.0.20'], hostname: 'db-0', conditions: { ready: true } }, { addresses: ['127.208.0.21'], hostname: 'db-1', conditions: { ready: false } }],
}];
const zone = clusterZone('cluster.local', services, slices, new Set(['shop']));

async function ask(text: string, name: string, type = 'A', errors: string[] = []): Promise<Answer> {
  return answerQuestion(parseCorefile(text), { name, type }, { zone: (zoneName) => clusterZone(zoneName, services, slices, new Set(['shop'])), forward: forwardQuestion, error: (line) => errors.push(line) });
}

function outcome(parse: () => unknown): unknown {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof CorefileError)) return error;
  }
  return 'parsed or refused';
}

describe('names of the cluster', () => {
  it('knows services, endpoints of headless ones, pods and pointers', () => {
    expect(zone.find('cart.shop.svc.cluster.local', 'A')).toEqual([{ type: 'A', name: 'cart.shop.svc.cluster.local', data: '127.96.0.30' }]);
    expect(zone.find('db.shop.svc.cluster.local', 'A')?.map(({ data }) => data)).toEqual(['127.208.0.20']);
    expect(zone.find('db-0.db.shop.svc.cluster.local', 'A')?.[0]?.data).toBe('127.208.0.20');
    expect(zone.find('db-1.db.shop.svc.cluster.local', 'A')).toBeUndefined();
    expect(zone.find('10-0-0-7.shop.pod.cluster.local', 'A')?.[0]?.data).toBe('10.0.0.7');
    expect(zone.find('30.0.96.127.in-addr.arpa', 'PTR')?.[0]?.data).toBe('cart.shop.svc.cluster.local');
    expect(zone.find('_http._tcp.cart.shop.svc.cluster.local', 'SRV')?.[0]?.data).toMatchObject({ port: 8080 });
    expect(zone.find('mail.shop.svc.cluster.local', 'A')?.[0]).toMatchObject({ type: 'CNAME', data: 'mail.example.com' });
  });

  it('tells a name without such a record from no name at all', () => {
    expect(zone.find('cart.shop.svc.cluster.local', 'AAAA')).toEqual([]);
    expect(zone.find('crt.shop.svc.cluster.local', 'A')).toBeUndefined();
  });
});

describe('plugins', () => {
  it('answers from the cluster and not for what is outside', async () => {
    expect(await ask(corefile(kubernetes), 'CART.shop.svc.cluster.local.')).toMatchObject({ rcode: 'NOERROR', ttl: 7, records: [{ data: '127.96.0.30' }] });
    expect(await ask(corefile(kubernetes), 'nope.shop.svc.cluster.local')).toMatchObject({ rcode: 'NXDOMAIN', authority: 'cluster.local' });
    expect(await ask(corefile(kubernetes), 'example.com')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  it('follows an alias as far as it leads', async () => {
    expect((await ask(corefile(kubernetes), 'basket.shop.svc.cluster.local')).records.map(({ data }) => data)).toEqual(['cart.shop.svc.cluster.local', '127.96.0.30']);
    expect((await ask(corefile(kubernetes), 'mail.shop.svc.cluster.local')).records.map(({ data }) => data)).toEqual(['mail.example.com']);
  });

  it('knows no service any more when the zone is misspelt', async () => {
    expect((await ask(corefile(kubernetes.replace('cluster.local', 'cluster.locale')), 'cart.shop.svc.cluster.local')).rcode).toBe('NXDOMAIN');
  });

  it('takes hosts, rewrites and templates into account', async () => {
    const extra = corefile(`  hosts {\n    127.9.9.9 bank.example\n    fallthrough\n  }\n  rewrite name old.shop.svc.cluster.local cart.shop.svc.cluster.local\n  template ANY ANY blocked.example {\n    rcode SERVFAIL\n  }\n${kubernetes}`);
    expect((await ask(extra, 'bank.example')).records[0]?.data).toBe('127.9.9.9');
    expect(await ask(extra, 'old.shop.svc.cluster.local')).toMatchObject({ rcode: 'NOERROR', records: [{ name: 'old.shop.svc.cluster.local', data: '127.96.0.30' }] });
    expect((await ask(extra, 'a.blocked.example')).rcode).toBe('SERVFAIL');
  });

  it('fails, and says so, when the upstream is outside this machine', async () => {
    const errors: string[] = [];
    expect((await ask(corefile('  forward . 192.0.2.53'), 'example.com', 'A', errors)).rcode).toBe('SERVFAIL');
    expect(errors.join()).toContain('i/o timeout');
  });
});

describe('a Corefile', () => {
  it.each([
    [corefile('  forwardd . 127.0.0.1'), "Unknown directive 'forwardd'"],
    [corefile('  kubernetes cluster.local {\n    podz insecure\n  }'), "unknown property 'podz'"],
    [corefile('  forward .'), 'Wrong argument count'],
    ['.:53 {\n  errors\n', 'Unexpected EOF'],
    ['}\n', "Unexpected '}'"],
  ])('is refused in words: %j', (text, words) => {
    expect(() => parseCorefile(text)).toThrow(words);
  });

  it('is parsed or refused, never anything else', () => {
    const word = fc.constantFrom('{', '}', '\n', 'errors', 'kubernetes', 'forward', '.', 'cluster.local', '# x', '"a b"', '.:53', 'ttl', 'hosts');
    fc.assert(fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      expect(outcome(() => parseCorefile(words.join(' ')))).toBe('parsed or refused');
    }));
  });
});

it('asks search domains first for short names, last for long ones, never for absolute ones', () => {
  const dns = { nameservers: [], search: ['shop.svc.cluster.local', 'svc.cluster.local'], ndots: 5 };
  expect(candidates('cart', dns)).toEqual(['cart.shop.svc.cluster.local', 'cart.svc.cluster.local', 'cart']);
  expect(candidates('a.b.c.d.e.f', dns)[0]).toBe('a.b.c.d.e.f');
  expect(candidates('cart.', dns)).toEqual(['cart']);
});
