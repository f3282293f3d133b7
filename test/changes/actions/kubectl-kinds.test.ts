/** The contract over all kinds of kubectl, in front of a small API server in this process; cluster-kinds.test.ts runs them with the real one. */
import type { Action } from '../../../src/changes/action.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import type { FakeWorld } from './cluster-world.ts';
import { openFakeWorld, sentBy, sentSecret } from './cluster-world.ts';
import { samples } from './kubectl-samples.ts';

interface Case {
  action: Action;
  impossible: Action;
  /** Of the object that is changed. */
  resource: string;
  name: string;
  open?: () => FakeWorld;
  move(world: FakeWorld): void;
  moveAfter(world: FakeWorld): void;
}

type Editable = JsonObject & { metadata: JsonObject; spec: { replicas: number; minReadySeconds?: number; unschedulable?: boolean; template: { metadata: JsonObject; spec: { containers: { image: string; env: { name: string; value: string }[]; resources?: JsonObject }[] } } }; data: Record<string, string> };

const missing = { name: 'missing' };
const editing = (resource: string, name: string, change: (copy: Editable) => void) => ({ fake }: FakeWorld) => fake.modify(resource, name, (copy) => change(copy as unknown as Editable));
const onDeployment = (action: Action, change: (copy: Editable) => void, impossible: object = missing): Case => ({
  action, impossible: { ...action, ...impossible } as Action, resource: 'deployment', name: 'checkout',
  move: editing('deployment', 'checkout', (copy) => { copy.spec.replicas = 7; }),
  moveAfter: editing('deployment', 'checkout', change),
});
const first = (copy: Editable) => copy.spec.template.spec.containers[0] as Editable['spec']['template']['spec']['containers'][number];

function openServiceWorld(): FakeWorld {
  const world = openFakeWorld();
  world.fake.put('service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'checkout', namespace: 'shop', annotations: { note: 'old' } }, spec: { selector: { app: 'checkout' } } });
  return world;
}

const cases: Case[] = [
  onDeployment(samples.rolloutUndo, (copy) => { first(copy).image = 'registry.local/shop/checkout:v9'; }, { to_revision: 9 }),
  onDeployment(samples.rolloutRestart, (copy) => { copy.spec.template.metadata['annotations'] = { 'sre-agent/restarted-by': 'somebody' }; }),
  onDeployment(samples.scale, (copy) => { copy.spec.replicas = 9; }),
  onDeployment(samples.setImage, (copy) => { first(copy).image = 'registry.local/shop/checkout:v9'; }, { container: 'sidecar' }),
  onDeployment(samples.setEnv, (copy) => { first(copy).env = [{ name: 'MODE', value: 'other' }]; }),
  onDeployment({ ...samples.setEnv, value: null }, (copy) => { first(copy).env = [{ name: 'POOL_SIZE', value: '5' }, { name: 'MODE', value: 'other' }]; }, { variable: 'NOT_THERE' }),
  onDeployment(samples.setResources, (copy) => { first(copy).resources = { limits: { memory: '1Gi' } }; }),
  onDeployment(samples.patch, (copy) => { copy.spec.minReadySeconds = 30; }),
  {
    action: samples.configmapKey, impossible: { ...samples.configmapKey, ...missing }, resource: 'configmap', name: 'checkout-config',
    move: editing('configmap', 'checkout-config', (copy) => { copy.data['LEVEL'] = 'debug'; }),
    moveAfter: editing('configmap', 'checkout-config', (copy) => { copy.data['PAYMENTS_URL'] = 'http://third'; }),
  },
  {
    action: samples.secretKey, impossible: { ...samples.secretKey, ...missing }, resource: 'secret', name: 'checkout-secrets',
    move: editing('secret', 'checkout-secrets', (copy) => { copy.data['other'] = 'bW92ZWQ='; }),
    moveAfter: editing('secret', 'checkout-secrets', (copy) => { copy.data['password'] = 'dGhpcmQ='; }),
  },
  {
    action: samples.deletePod, impossible: { ...samples.deletePod, name: 'alone' }, resource: 'pod', name: 'checkout-abc',
    move: editing('pod', 'checkout-abc', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('pod', 'checkout-abcx', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
  {
    action: samples.evict, impossible: { ...samples.evict, name: 'alone' }, resource: 'pod', name: 'checkout-abc',
    move: editing('pod', 'checkout-abc', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('pod', 'checkout-abcx', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
  {
    action: samples.cordon, impossible: { ...samples.cordon, ...missing }, resource: 'node', name: 'node1',
    move: editing('node', 'node1', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('node', 'node1', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
  {
    action: samples.drain, impossible: { ...samples.drain, ...missing }, resource: 'node', name: 'node1',
    move: editing('node', 'node1', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('node', 'node1', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
  {
    action: samples.metadata, impossible: { ...samples.metadata, ...missing }, resource: 'pod', name: 'checkout-abc',
    move: editing('pod', 'checkout-abc', (copy) => { copy.metadata['labels'] = { app: 'checkout', tier: 'web' }; }),
    moveAfter: editing('pod', 'checkout-abc', (copy) => { copy.metadata['labels'] = { app: 'checkout', team: 'somebody' }; }),
  },
  {
    action: { ...samples.metadata, resource: 'service', name: 'checkout', field: 'annotation', key: 'note', value: null }, impossible: { ...samples.metadata, ...missing }, resource: 'service', name: 'checkout', open: openServiceWorld,
    move: editing('service', 'checkout', (copy) => { copy.metadata['annotations'] = { note: 'another' }; }),
    moveAfter: editing('service', 'checkout', (copy) => { copy.metadata['annotations'] = { note: 'back' }; }),
  },
  {
    action: samples.rerunJob, impossible: { ...samples.rerunJob, ...missing }, resource: 'job', name: 'migrate-rerun-1',
    move: editing('job', 'migrate', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('job', 'migrate-rerun-1', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
  {
    action: samples.uncordon, impossible: { ...samples.uncordon, name: 'node1' }, resource: 'node', name: 'node2',
    move: editing('node', 'node2', (copy) => { copy.metadata['uid'] = 'another'; }),
    moveAfter: editing('node', 'node2', (copy) => { copy.metadata['uid'] = 'another'; }),
  },
];

for (const { action, impossible, resource, name, open = openFakeWorld, move, moveAfter } of cases) {
  describeActionKind(kindOf(action), async () => {
    const world = open();
    const { fake, context } = world;
    return {
      context, action, impossibleAction: impossible,
      snapshot: async () => {
        const object = fake.get(resource, name);
        if (!object) return 'gone';
        const { status: _status, metadata: { resourceVersion: _version, generation: _generation, ...metadata }, ...rest } = object;
        return { ...rest, metadata };
      },
      sent: () => (action.kind === 'kubectl.secret_key' ? sentSecret(fake.started, 'password', 'key password of secret shop/database') : sentBy(fake.started)).replaceAll(/^true /gm, 'kubectl '),
      move: async () => move(world),
      moveAfter: async () => moveAfter(world),
      close: async () => undefined,
    };
  });
}
