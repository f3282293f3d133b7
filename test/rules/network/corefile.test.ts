import { describe, expect, test } from 'vitest';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { refuseCorefile } from '../../../src/changes/actions/corefile/allowed.ts';
import { parseCorefile } from '../../../src/changes/actions/corefile/parse.ts';
import { obstaclesTo } from '../../../src/rules/network/corefile-text.ts';
import type { FindingBody } from '../../../src/incident/types.ts';
import { broken, service as serviceReading, targets, times } from '../readings-support.ts';
import { configMap, deployment, read, service, well } from '../kubernetes/objects.ts';

const corefile = (more: string[] = [], zones = 'cluster.local in-addr.arpa ip6.arpa'): string => ['.:53 {', '    errors', ...more.map((line) => `    ${line}`), `    kubernetes ${zones} {`, '       pods insecure', '    }', '    forward . /etc/resolv.conf', '    cache 30', '}', ''].join('\n');
const denies = ['template IN ANY stock.shop.svc.cluster.local {', '   rcode NXDOMAIN', '}'];

describe('a Corefile', () => {
  const about = { domain: 'cluster.local', exists: (name: string) => name === 'stock.shop.svc.cluster.local' };
  const obstacles = (text: string, name = 'stock.shop.svc.cluster.local'): string[] => obstaclesTo(name, text, about).map(({ kind }) => kind);

  test.each([
    ['template', corefile(denies)],
    ['template', corefile(['template IN A svc.cluster.local {', '   rcode SERVFAIL', '}'])],
    ['rewrite', corefile(['rewrite name exact stock.shop.svc.cluster.local stock-old.shop.svc.cluster.local'])],
    ['rewrite', corefile(['rewrite stop name suffix .svc.cluster.local .svc.prod.local'])],
    ['zone', corefile([], 'cluster.internal in-addr.arpa')],
  ])('that takes a name away by %s is seen, and is right without it', (kind, text) => {
    expect(obstacles(text)).toEqual([kind]);
    const without = obstaclesTo('stock.shop.svc.cluster.local', text, about)[0]?.without ?? '';
    expect(obstacles(without)).toEqual([]);
    // The change that the remedy is takes it.
    refuseCorefile(parseCorefile(without), text, []);
  });
  test.each([
    ['another name', corefile(['template IN ANY ads.example {', '   rcode NXDOMAIN', '}'])],
    ['another type', corefile(['template IN AAAA svc.cluster.local {', '   rcode NXDOMAIN', '}'])],
    ['some of the names', corefile(['template IN ANY svc.cluster.local {', '   match ^ads', '   rcode NXDOMAIN', '}'])],
    ['an alias that leads to a Service', corefile(['rewrite name shop.example stock.shop.svc.cluster.local'])],
    ['nothing', corefile()],
    ['what is no Corefile', 'kubernetes {{{\n}}}} template'],
  ])('that is about %s is left alone', (_, text) => {
    expect(obstacles(text)).toEqual([]);
  });
  test('undone, it keeps every other line', () => {
    expect(obstaclesTo('stock.shop.svc.cluster.local', corefile(denies), about)[0]?.without).toBe(corefile());
  });
});

describe('callers that do not find a Service that is there', () => {
  const objects = [...deployment('api', [{}], { available: [1] }), well('api'), ...service('api'), ...deployment('stock', [{}], { available: [1] }), well('stock'), ...service('stock')];
  const logs = { 'api-r1-abcde': ['upstream stock unreachable: getaddrinfo ENOTFOUND stock'] };
  const services = [serviceReading('api', { samples: times(6, broken('stock unreachable: getaddrinfo ENOTFOUND stock', 502)), dependsOn: ['stock'] }), serviceReading('stock')];
  const found = async (text: string, said: Record<string, string[]> = logs, applied?: string, alone = false): Promise<FindingBody[]> => {
    const [shop, system] = await Promise.all([read(objects, { services, logs: said }), read([configMap('coredns', { Corefile: text }, { changed: ['Corefile'], ...(applied === undefined ? {} : { applied: { Corefile: applied } }) })])]);
    const [cluster, other] = [shop.clusters?.[0], system.clusters?.[0]?.namespaces[0]];
    if (cluster === undefined || other === undefined) throw new Error('no cluster was read');
    const [map] = other.configMaps.value;
    if (alone && map !== undefined) cluster.corefile = { value: { namespace: 'kube-system', at: other.at, map }, evidence: other.configMaps.evidence };
    else cluster.namespaces.push({ ...other, namespace: 'kube-system' });
    return detectAll(shop, targets([{ name: 'api', dependsOn: ['stock'] }, { name: 'stock' }])).map(({ finding }) => finding);
  };

  test('are explained by the line of the Corefile, and the remedy is the same without it', async () => {
    const all = await found(corefile(denies));
    expect(all.find(({ mechanism }) => mechanism === 'dns-denies-services')).toMatchObject({
      severity: 'critical', resource: 'configmap/kube-system/coredns', title: expect.stringContaining('template IN ANY stock.shop.svc.cluster.local') as string,
      remedy: { kind: 'coredns.corefile', target: 'main', value: corefile() },
    });
    expect(all.find(({ resource }) => resource === 'service/api')).toMatchObject({ blames: 'configmap/kube-system/coredns' });
  });
  test('it is the same where nothing else of its namespace may be read', async () => {
    const all = await found(corefile(denies), logs, undefined, true);
    expect(all.find(({ mechanism }) => mechanism === 'dns-denies-services')).toMatchObject({ resource: 'configmap/kube-system/coredns', remedy: { kind: 'coredns.corefile', value: corefile() } });
    expect(all.find(({ resource }) => resource === 'service/api')).toMatchObject({ blames: 'configmap/kube-system/coredns' });
  });
  test('what was last applied goes before what is only left out', async () => {
    expect((await found(corefile(denies), logs, `${corefile()}# ours\n`)).find(({ mechanism }) => mechanism === 'dns-denies-services')).toMatchObject({ remedy: { value: `${corefile()}# ours\n` } });
  });
  test('without anybody who looked in vain it is no finding, and names that no Service has are not its doing', async () => {
    const none = { 'api-r1-abcde': ['getaddrinfo ENOTFOUND elsewhere'] };
    services.splice(0, 1, serviceReading('api', { samples: times(6, broken('elsewhere unreachable: getaddrinfo ENOTFOUND elsewhere', 502)), dependsOn: ['stock'] }));
    expect((await found(corefile(denies), none)).filter(({ mechanism }) => mechanism === 'dns-denies-services')).toEqual([]);
  });
});
