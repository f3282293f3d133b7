import { describe, expect, it } from 'vitest';
import { dnsManifests } from '../../../../playground/cluster/network/dns/manifests.ts';
import { corefileIsPlain, withPlugin } from '../../../../playground/scenarios/kit/corefile.ts';
import { lettingIn, named, policiesAllow } from '../../../../playground/scenarios/kit/policies.ts';
import type { World } from '../../../../playground/scenarios/world.ts';

/** A world that holds these objects and nothing else. */
function worldOf(objects: { networkpolicies?: object[]; corefile?: string }): World {
  const list = async (resource: string) => (resource === 'networkpolicies.networking.k8s.io' ? objects.networkpolicies ?? [] : resource === 'namespaces' ? ['shop', 'guest'].map((name) => ({ metadata: { name, labels: { team: name } } })) : []);
  const get = async () => ({ data: { Corefile: objects.corefile } });
  return { namespace: 'shop', cluster: { list, get } } as unknown as World;
}

const policy = (ingress: object[]): object => ({ metadata: { name: 'payments', namespace: 'shop' }, spec: { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'payments' } }, policyTypes: ['Ingress'], ingress } });

describe('whom policies let in', () => {
  const reaches = (ingress: object[], from = named('checkout')) => policiesAllow(worldOf({ networkpolicies: [policy(ingress)] }), from, named('payments'), 8080);

  it('is the named caller of the same namespace, on that port', async () => {
    const ingress = [lettingIn(['checkout'], 8080)];
    expect(await reaches(ingress)).toBe(true);
    expect(await reaches(ingress, named('cart'))).toBe(false);
    expect(await reaches(ingress, { labels: {} })).toBe(false);
    expect(await reaches(ingress, named('checkout', 'guest'))).toBe(false);
    expect(await reaches([lettingIn(['checkout'], 9090)])).toBe(false);
  });

  it('is everybody where nobody is named', async () => {
    expect(await reaches([{ ports: [{ port: 8080, protocol: 'TCP' }] }], named('cart', 'guest'))).toBe(true);
  });
});

describe('a Corefile as it came', () => {
  const plain = /Corefile: \|\n([\s\S]*?)---/.exec(dnsManifests('127.96.0.10'))?.[1]?.replaceAll(/^ {4}/gm, '') ?? '';
  const complaints = async (corefile: string) => (await corefileIsPlain(worldOf({ corefile }))).filter(({ ok }) => !ok).map(({ name }) => name);

  it('has nothing to complain of', async () => {
    expect(await complaints(plain)).toEqual([]);
  });

  it.each([
    ['a template', withPlugin(plain, ['template IN ANY svc.cluster.local {', '   rcode NXDOMAIN', '}']), 'nothing changes names of the cluster'],
    ['a rewrite', withPlugin(plain, ['rewrite name exact a.b c.d']), 'nothing changes names of the cluster'],
    ['another zone', plain.replace('kubernetes cluster.local', 'kubernetes cluster.locale'), 'the zones of the cluster'],
    ['no reloading', plain.replace(/^ +reload\n/m, ''), 'no plugin is missing'],
    ['what is no Corefile', '}', 'the Corefile'],
  ])('is told from one with %s', async (_what, corefile, complaint) => {
    expect(corefile).not.toBe(plain);
    expect(await complaints(corefile)).toEqual([complaint]);
  });
});
