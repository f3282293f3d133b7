/** Slots that run out because a release does not give its sessions back. */
import { describe, expect, test } from 'vitest';
import { conclude } from '../../src/agents/rules/conclude.ts';
import { leakOf } from '../../src/rules/database/leak.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, Session } from '../../src/rules/readings.ts';
import { ago, deployment, read, service as kubeService, well } from './kubernetes/objects.ts';
import { broken, database, service, session, targets, times } from './readings-support.ts';

const stamp = (secondsAgo: number): string => ago(secondsAgo).replace('T', ' ').replace('Z', '+00');
/** One after the other for 50 s; `used`: each was used until just now. */
const sessions = (used = false): Session[] => Array.from({ length: 50 }, (_, index) => session({ pid: 100 + index, user: 'app', application: 'orders', client: '10.0.0.9', state: 'idle', stateSeconds: used ? 6 : index + 6, backendStart: stamp(index + 6) }));
const full = (all: Session[]): DatabaseReading => database('shop', { sessions: all, connections: { limit: 60, reserved: 3, used: 56, byClient: [{ user: 'app', application: 'orders', count: 50, idle: 50 }] } });
const cluster = () => read([...deployment('orders', [{ image: 'registry.local/orders:1' }, { image: 'registry.local/orders:2' }], { available: [0, 1] }), well('orders', { revision: 2, seconds: 200 }), ...kubeService('orders')]);
const front = service('front', { databases: ['shop'], samples: times(6, broken('sorry, too many clients already', 503)) });

describe('leaked sessions', () => {
  test('are those that began one by one and were used once', () => {
    expect(leakOf(full(sessions()))).toMatchObject({ user: 'app', application: 'orders' });
    expect(leakOf(full(sessions(true)))).toBeUndefined();
    expect(leakOf(full(sessions().map((one) => ({ ...one, backendStart: stamp(60), stateSeconds: 59 }))))).toBeUndefined();
    const room = full(sessions());
    expect(leakOf({ ...room, connections: room.connections && { ...room.connections, value: { ...room.connections.value, used: 50 } } })).toBeUndefined();
  });

  test('are laid at the release they began with: it is taken back, once there is room for its pods', async () => {
    const readings = { ...(await cluster()), databases: [full(sessions())], services: [front] };
    const found = detectAll(readings, targets()).map(({ finding, rule, specialist }, index) => ({ ...finding, id: `F${index + 1}`, source: rule, specialist, supported: true }));
    const cause = found.find(({ mechanism }) => mechanism === 'connections-exhausted-since-rollout');
    expect(cause).toMatchObject({ resource: 'deployment/shop/orders', severity: 'critical', remedy: { kind: 'kubectl.rollout_undo', name: 'orders', to_revision: 1 } });
    expect(found.find(({ mechanism }) => mechanism === 'connections-exhausted')?.blames).toBe('deployment/shop/orders');
    const { diagnosis, drafts } = conclude({ findings: found, readings, targets: targets(), focus: [], unseen: [] });
    expect(diagnosis.rootCause?.resource).toBe('deployment/shop/orders');
    expect(drafts.map(({ action }) => action.kind)).toEqual(['postgres.terminate_backend', 'kubectl.rollout_undo']);
  });

  test('from before the release, or used again and again, are not its fault', async () => {
    const older = sessions().map((one, index) => ({ ...one, backendStart: stamp(9_000 + index), stateSeconds: 9_000 + index }));
    for (const all of [older, sessions(true)]) {
      const found = detectAll({ ...(await cluster()), databases: [full(all)], services: [front] }, targets()).map(({ finding }) => finding);
      expect(found.some(({ mechanism }) => mechanism === 'connections-exhausted-since-rollout')).toBe(false);
      expect(found.find(({ mechanism }) => mechanism === 'connections-exhausted')).toMatchObject({ remedy: { kind: 'postgres.terminate_backend' } });
    }
  });
});
