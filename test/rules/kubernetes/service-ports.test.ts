import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { service as serviceReading, silent, times } from '../readings-support.ts';
import { ago, deployment, findings, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);
const refused = { services: [serviceReading('api', { samples: times(6, silent('ECONNREFUSED')) })] };

/** Written `seconds` ago by an edit of this field; made two hours ago. */
const edited = ([object, ...rest]: Json[], field: Json, seconds: number): Json[] => [{ ...object, metadata: { ...(object?.['metadata'] as Json), creationTimestamp: ago(7200), managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: ago(seconds), fieldsV1: { 'f:spec': field } }] } }, ...rest];
const ports = { 'f:ports': {} };

describe('a target port that no container declares', () => {
  const named = { port: { name: 'http', port: 8080 } };
  const workload = [...deployment('api', [named], { available: [1] }), well('api', { parts: named })];
  const found = async (objects: Json[], parts: Parameters<typeof findings>[1] = refused): Promise<FindingBody | undefined> => of(await findings(objects, parts, [{ name: 'api' }]), 'kube-service/shop/api');

  test('goes back where the Service was written lately', async () => {
    expect(await found([...edited(service('api', { target: 9090 }), ports, 60), ...workload])).toMatchObject({ mechanism: 'target-port-missing', remedy: { kind: 'kubectl.patch' } });
  });
  test('stays where it stood for hours: the pods changed, not the Service', async () => {
    expect(await found([...edited(service('api', { target: 9090 }), ports, 8 * 3600), ...workload])).not.toHaveProperty('remedy');
  });
  test('stays where pods have only just begun: they refuse for a while', async () => {
    const young = well('api', { parts: named, seconds: 20, state: { running: { startedAt: ago(15) } } });
    expect(await found([...service('api', { target: 9090 }), ...deployment('api', [named], { available: [1] }), young])).not.toHaveProperty('remedy');
  });
  test('says nothing where only a sidecar declares its ports', async () => {
    const sidecar = { name: 'proxy', image: 'proxy:1', ports: [{ name: 'metrics', containerPort: 15090 }] };
    const both = (object: Json): Json => {
      const spec = object['spec'] as Json;
      const inner = (spec['template'] as Json | undefined)?.['spec'] as Json | undefined;
      const container = { name: 'main', image: 'app:1' };
      return inner === undefined ? { ...object, spec: { ...spec, containers: [container, sidecar] } } : { ...object, spec: { ...spec, template: { ...(spec['template'] as Json), spec: { ...inner, containers: [container, sidecar] } } } };
    };
    expect(await found([...edited(service('api', { target: 8080 }), ports, 60), ...workload.map(both)])).toBeUndefined();
  });
});

describe('a selector that matches no pod', () => {
  const api = [...deployment('api', [{}], { available: [1] }), well('api')];
  test('loses no key, however near the rest is', async () => {
    const found = of(await findings([...service('api', { selector: { app: 'api', tier: 'backend' }, ready: 0 }), ...api], refused, [{ name: 'api' }]), 'kube-service/shop/api');
    expect(found).toMatchObject({ mechanism: 'selector-matches-no-pods' });
    expect(found).not.toHaveProperty('remedy');
  });
  test('stays as it stood for hours', async () => {
    const selecting = (seconds: number): Json[] => [...edited(service('api', { selector: { app: 'apii' }, ready: 0 }), { 'f:selector': { 'f:app': {} } }, seconds), ...api];
    expect(of(await findings(selecting(60), refused, [{ name: 'api' }]), 'kube-service/shop/api')).toHaveProperty('remedy');
    expect(of(await findings(selecting(30_000), refused, [{ name: 'api' }]), 'kube-service/shop/api')).not.toHaveProperty('remedy');
  });
});
