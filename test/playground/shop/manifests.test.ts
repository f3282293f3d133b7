import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { shopServices } from '../../../playground/shop/services.ts';
import { releases, shopImages } from '../../../playground/shop/images.ts';
import { roleOfKey } from '../../../playground/shop/orders-database/roles.ts';

interface Container {
  name: string;
  image: string;
  ports?: { name: string; containerPort: number }[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  envFrom?: { configMapRef?: { name: string; optional?: boolean } }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  volumeMounts?: { name: string }[];
}

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { serviceAccountName: string; containers: Container[]; volumes?: { name: string; configMap?: { name: string; optional?: boolean }; secret?: { secretName: string } }[] };
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: Record<string, unknown> & {
    template?: PodTemplate;
    jobTemplate?: { spec: { template: PodTemplate } };
    selector?: Record<string, unknown>;
    ports?: { targetPort: string; port: number }[];
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
}

const folder = path.resolve('playground/shop/manifests');
const texts = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort().map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
const documents = texts.flatMap(({ name, text }) => parseAllDocuments(text).map((document) => ({ file: name, errors: document.errors, object: document.toJS() as Manifest })));
const objects = documents.map(({ object }) => object);
const named = (kind: string, name: string): Manifest | undefined => objects.find((object) => object.kind === kind && object.metadata.name === name);
const templates = objects.flatMap(({ kind, metadata, spec }) => {
  const template = kind === 'CronJob' ? spec?.jobTemplate?.spec.template : ['Deployment', 'StatefulSet', 'Job'].includes(kind) ? spec?.template : undefined;
  return template ? [{ owner: `${kind} ${metadata.name}`, template, claims: (spec?.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name) }] : [];
});

/** What the operator writes, and what is optional on purpose. */
const isMissing = (name: string, optional: boolean | undefined): boolean => optional !== true && named('ConfigMap', name) === undefined;

describe('the manifests of the shop', () => {
  test('are YAML objects with a kind, a name and, where they have one, the namespace shop', () => {
    expect(documents.flatMap(({ file, errors }) => errors.map((error) => `${file}: ${error.message}`))).toEqual([]);
    expect(objects.filter(({ apiVersion, kind, metadata }) => !apiVersion || !kind || !metadata.name)).toEqual([]);
    const elsewhere = documents.filter(({ file, object }) => file !== 'sre-agent.yaml' && object.metadata.namespace !== 'shop' && !['Namespace', 'CustomResourceDefinition'].includes(object.kind));
    expect(elsewhere.map(({ object }) => `${object.kind} ${object.metadata.name}`)).toEqual([]);
    const keys = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test('name images of the registry only', () => {
    const registry = shopImages();
    const missing = templates.flatMap(({ owner, template }) => template.spec.containers.filter(({ image }) => 'error' in registry.pull(image)).map(({ image }) => `${owner}: ${image}`));
    expect(missing).toEqual([]);
    expect(templates.length).toBeGreaterThan(12);
  });

  test('refer to service accounts, ConfigMaps, Secrets, keys and volumes that are there', () => {
    const dangling = templates.flatMap(({ owner, template: { spec }, claims }) => [
      ...(named('ServiceAccount', spec.serviceAccountName) ? [] : [`${owner}: service account ${spec.serviceAccountName}`]),
      ...(spec.volumes ?? []).flatMap(({ configMap, secret }) => [
        ...(configMap && isMissing(configMap.name, configMap.optional) ? [`${owner}: ConfigMap ${configMap.name}`] : []),
        ...(secret && !named('Secret', secret.secretName) ? [`${owner}: Secret ${secret.secretName}`] : []),
      ]),
      ...spec.containers.flatMap((container) => [
        ...(container.envFrom ?? []).flatMap(({ configMapRef }) => (configMapRef && isMissing(configMapRef.name, configMapRef.optional) ? [`${owner}: ConfigMap ${configMapRef.name}`] : [])),
        ...(container.env ?? []).flatMap(({ valueFrom }) => {
          const reference = valueFrom?.secretKeyRef;
          return reference && named('Secret', reference.name)?.stringData?.[reference.key] === undefined ? [`${owner}: Secret ${reference.name} key ${reference.key}`] : [];
        }),
        ...(container.volumeMounts ?? []).filter(({ name }) => !claims.includes(name) && !(spec.volumes ?? []).some((volume) => volume.name === name)).map(({ name }) => `${owner}: volume ${name}`),
      ]),
    ]);
    expect(dangling).toEqual([]);
  });

  test('every service selects a workload that has the port it names', () => {
    const wrong = objects.filter(({ kind }) => kind === 'Service').flatMap(({ metadata, spec }) => {
      const chosen = templates.filter(({ template }) => Object.entries(spec?.selector ?? {}).every(([key, value]) => template.metadata.labels[key] === value));
      const ports = chosen.flatMap(({ template }) => template.spec.containers.flatMap((container) => container.ports ?? []));
      return (spec?.ports ?? []).filter(({ targetPort }) => !ports.some(({ name }) => name === targetPort)).map(() => metadata.name);
    });
    expect(wrong).toEqual([]);
  });

  test('every container asks for memory and has a limit that Node can live in', () => {
    for (const { owner, template } of templates) {
      for (const { resources } of template.spec.containers) {
        expect(resources?.requests?.['memory'], owner).toMatch(/^\d+Mi$/);
        const limit = resources?.limits?.['memory'] ?? '';
        expect(limit.endsWith('Gi') || Number.parseInt(limit, 10) >= 160, `${owner}: ${limit}`).toBe(true);
      }
    }
  });

  test('the upstreams of programs are services of the shop on their port', () => {
    const urls = [
      ...templates.flatMap(({ template }) => template.spec.containers.flatMap(({ env }) => (env ?? []).flatMap(({ name, value }) => (name.endsWith('_URL') && value ? [value] : [])))),
      ...objects.flatMap(({ data }) => Object.entries(data ?? {}).flatMap(([name, value]) => (name.endsWith('_URL') ? [value] : []))),
    ];
    expect(urls.length).toBeGreaterThan(7);
    for (const url of urls) {
      const [service = ''] = new URL(url).hostname.split('.');
      // The chart brings this one.
      if (service === 'recommender') continue;
      expect(named('Service', service)?.spec?.ports?.map(({ port }) => String(port)), url).toContain(new URL(url).port);
    }
  });

  test('the Secret of the database has a password for every role, and no other', () => {
    expect(Object.keys(named('Secret', 'orders-db-credentials')?.stringData ?? {}).sort()).toEqual(Object.keys(roleOfKey).sort());
    expect(texts.flatMap(({ text }) => text.match(/^ +[\w-]*(?:password|api-key): (?!change-me$).+$/gm) ?? [])).toEqual([]);
  });

  test('what traffic goes to is a service or the chart\'s', () => {
    expect(Object.keys(shopServices).filter((name) => name !== 'recommender' && !named('Service', name))).toEqual([]);
  });

  test('the reader sees no secrets, runs nothing, and has no wildcard', () => {
    const rules = objects.filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.startsWith('sre-agent')).map((role) => ({ name: role.metadata.name, rules: (role as unknown as { rules: { resources: string[]; verbs: string[] }[] }).rules }));
    expect(rules.length).toBe(3);
    expect(JSON.stringify(rules)).not.toContain('*');
    const reader = rules.find(({ name }) => name === 'sre-agent-reader')?.rules ?? [];
    expect([...new Set(reader.flatMap(({ verbs }) => verbs))].sort()).toEqual(['get', 'list', 'watch']);
    expect(reader.flatMap(({ resources }) => resources).filter((resource) => /secrets|exec|attach|portforward|proxy|token/.test(resource))).toEqual([]);
  });
});

describe('the registry', () => {
  const registry = shopImages();

  test('has at least two tags of every program, each an image of its own', () => {
    const images = Object.entries(releases).flatMap(([name, tags]) => {
      expect(tags.length, name).toBeGreaterThanOrEqual(2);
      return tags.map(({ tag }) => registry.pull(`registry.shop.local/${name}:${tag}`));
    });
    const ids = images.map((pull) => ('image' in pull ? pull.image.id : 'none'));
    expect(ids.every((id) => /^sha256:[\da-f]{64}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ['registry.shop.local/checkout:9.9.9', 'registry.shop.local/checkout:9.9.9: not found'],
    ['registry.shop.local/checkout', 'registry.shop.local/checkout:latest: not found'],
    ['registry.example/checkout:1.4.0', 'failed to do request: Head "https://registry.example/v2/checkout/manifests/1.4.0": dial tcp: lookup registry.example: no such host'],
  ])('does not have %s', (reference, error) => {
    expect(registry.pull(reference)).toEqual({ error });
  });
});
