import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusError, badRequest } from '../../../../playground/cluster/api/status.ts';
import { decodeObject } from '../../../../playground/cluster/schema/decode.ts';

const decode = (body: unknown, kind = 'Deployment', validation: 'Strict' | 'Warn' | 'Ignore' = 'Strict'): ReturnType<typeof decodeObject> =>
  decodeObject(body, { type: kind }, { apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, validation });
const withContainer = (container: Record<string, unknown>): unknown => ({ metadata: { name: 'x' }, spec: { template: { spec: { containers: [{ name: 'a', image: 'i', ...container }] } } } });
const cannot = 'Deployment in version "v1" cannot be handled as a Deployment: ';

describe('what a client sends', () => {
  it('comes out as Go would write it', () => {
    const { object } = decode(withContainer({ command: [], stdin: false, securityContext: {}, env: null, resources: { limits: { cpu: 0.5, memory: '1024Mi' } }, ports: [{ containerPort: 80 }] }));
    expect(object).toEqual({
      kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'x' }, status: {},
      spec: { strategy: {}, template: { metadata: {}, spec: { containers: [{ name: 'a', image: 'i', securityContext: {}, resources: { limits: { cpu: '500m', memory: '1Gi' } }, ports: [{ containerPort: 80 }] }] } } },
    });
  });

  it('keeps a zero that means something', () => {
    expect(decode({ metadata: { name: 'x' }, spec: { replicas: 0, minReadySeconds: 0, paused: false } }).object['spec']).toMatchObject({ replicas: 0 });
    expect(decode({ metadata: { name: 'x' }, spec: { replicas: 0, minReadySeconds: 0, paused: false } }).object['spec']).not.toHaveProperty('minReadySeconds');
  });

  it.each([
    [{ spec: { replicas: 'three' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ spec: { template: { spec: { containers: {} } } } }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container'],
    [withContainer({ image: 3 }), 'json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.image of type string'],
    [withContainer({ resources: { limits: { memory: 'much' } } }), "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    [{ spec: { foo: 1, template: { spec: { containers: [{ imagee: 'x' }] } } } }, 'strict decoding error: unknown field "spec.foo", unknown field "spec.template.spec.containers[0].imagee"'],
  ])('%j is refused: %s', (body, why) => expect(() => decode(body)).toThrow(badRequest(cannot + why)));

  it('is pruned with a warning when that is asked for', () => {
    const { object, warnings } = decode({ metadata: { name: 'x' }, spec: { foo: 1 } }, 'Deployment', 'Warn');
    expect([warnings, 'foo' in (object['spec'] as object)]).toEqual([['unknown field "spec.foo"'], false]);
    expect(decode({ spec: { foo: 1 } }, 'Deployment', 'Ignore').warnings).toEqual([]);
  });

  it('has times and bytes that can be read', () => {
    expect(decode({ metadata: { name: 'x' }, data: { a: 'YQ==' } }, 'Secret').object['data']).toEqual({ a: 'YQ==' });
    expect(() => decode({ data: { a: 'a$b' } }, 'Secret')).toThrow('illegal base64 data at input byte 1');
    expect(decode({ lastTimestamp: '2026-11-22T13:00:00.5+01:00', eventTime: '2026-11-22T12:00:00.1234567Z' }, 'Event').object).toMatchObject({ lastTimestamp: '2026-11-22T12:00:00Z', eventTime: '2026-11-22T12:00:00.123456Z', firstTimestamp: null });
    expect(() => decode({ lastTimestamp: 'now' }, 'Event')).toThrow('parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"');
  });

  it('must be of the kind and version of its address', () => {
    expect(() => decode({ apiVersion: 'v1', kind: 'Deployment' })).toThrow('the API version in the data (v1) does not match the expected API version (apps/v1)');
    expect(() => decode({ apiVersion: 'apps/v1', kind: 'Nonsense' })).toThrow('no kind "Nonsense" is registered for version "apps/v1"');
  });

  it('decodes once and for all', () => {
    const spec = fc.record({ replicas: fc.integer({ min: 0, max: 9 }), paused: fc.boolean(), selector: fc.record({ matchLabels: fc.dictionary(fc.constantFrom('a', 'b'), fc.string({ maxLength: 3 })) }) }, { requiredKeys: [] });
    fc.assert(fc.property(spec, (one) => {
      const { object } = decode({ metadata: { name: 'x' }, spec: one });
      expect(decode(object).object).toEqual(object);
    }));
  });

  it('never makes it throw anything but a StatusError', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom('Deployment', 'Pod', 'Secret', 'Event', 'Node'), fc.constantFrom('Strict' as const, 'Warn' as const), (value, kind, validation) => {
      for (const body of [value, { metadata: value }, { spec: value }, { spec: { template: { spec: { containers: value } } }, status: value, data: value }]) {
        expect(() => refused(() => decode(body, kind, validation))).not.toThrow();
      }
    }));
  });
});

/** Errors other than StatusError come through. */
function refused(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
