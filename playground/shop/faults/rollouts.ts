/** Releases that should not have gone out. */
import { shopRegistry } from '../images.ts';
import { containerOf, editFault, environmentOf, setEnvironment, type CreateFault } from './context.ts';

function release(id: string, title: string, description: string, deployment: string, tags: { right: string; wrong: string }): CreateFault {
  const image = (tag: string): string => `${shopRegistry}/${deployment}:${tag}`;
  return editFault({ id, title, description, area: 'Rollout' }, {
    resource: 'deployments.apps',
    name: deployment,
    break: (object) => void (containerOf(object).image = image(tags.wrong)),
    repair: (object) => void (containerOf(object).image = image(tags.right)),
    isBroken: (object) => containerOf(object).image === image(tags.wrong),
  });
}

function upstream(id: string, title: string, description: string, deployment: string, variable: string, urls: { right: string | ((namespace: string) => string); wrong: string }): CreateFault {
  return editFault({ id, title, description, area: 'Rollout' }, {
    resource: 'deployments.apps',
    name: deployment,
    break: (object) => setEnvironment(object, variable, urls.wrong),
    repair: (object) => setEnvironment(object, variable, typeof urls.right === 'string' ? urls.right : urls.right(object.metadata.namespace ?? '')),
    isBroken: (object) => environmentOf(object, variable) === urls.wrong,
  });
}

export const missingImage = release('missing-image', 'Roll out a tag that was never pushed', 'Payments is set to an image that the registry does not have.', 'payments', { right: '1.4.0', wrong: '1.4.7' });
export const crashingRelease = release('crashing-release', 'Roll out a release that crashes', 'Payments 2.0.0 needs a variable that nobody set, and ends at each start.', 'payments', { right: '1.4.0', wrong: '2.0.0' });
export const leakingRelease = release('leaking-release', 'Roll out a release that leaks connections', 'Checkout 1.5.0 opens a database session for each order and keeps it.', 'checkout', { right: '1.4.0', wrong: '1.5.0' });
export const slowWorker = release('slow-worker', 'Roll out a slow worker', 'Notifier 1.5.0 takes seconds for each message; the queue grows.', 'notifier', { right: '1.4.0', wrong: '1.5.0' });

export const wrongHost = upstream(
  'wrong-upstream-host', 'Point at a wrong upstream host', 'Checkout\'s last rollout looks for payments in a namespace that does not exist.',
  'checkout', 'PAYMENTS_URL', { right: (namespace) => `http://payments.${namespace}.svc.cluster.local:8080`, wrong: 'http://payments.billing.svc.cluster.local:8080' },
);
export const wrongPort = upstream(
  'wrong-upstream-port', 'Point at a wrong upstream port', 'Frontend\'s last rollout calls catalog on a port that its service does not have.',
  'frontend', 'CATALOG_URL', { right: 'http://catalog:8080', wrong: 'http://catalog:8081' },
);

export const lowMemory = editFault({ id: 'low-memory-limit', title: 'Set a memory limit too low', description: 'Cart may use 16 MiB, less than it needs to start: it is killed each time.', area: 'Rollout' }, {
  resource: 'deployments.apps',
  name: 'cart',
  break: (object) => void (containerOf(object).resources = resources('16Mi', '16Mi')),
  repair: (object) => void (containerOf(object).resources = resources('64Mi', '192Mi')),
  isBroken: (object) => containerOf(object).resources?.limits?.['memory'] === '16Mi',
});

const resources = (request: string, limit: string) => ({ requests: { cpu: '20m', memory: request }, limits: { cpu: '500m', memory: limit } });

export const wrongProbe = editFault({ id: 'wrong-readiness-path', title: 'Probe a path that does not exist', description: 'Shipping\'s readiness probe asks for /ready and gets 404: no pod of it gets traffic.', area: 'Rollout' }, {
  resource: 'deployments.apps',
  name: 'shipping',
  break: (object) => setProbePath(object, '/ready'),
  repair: (object) => setProbePath(object, '/readyz'),
  isBroken: (object) => containerOf(object).readinessProbe?.httpGet?.path === '/ready',
});

function setProbePath(deployment: Parameters<typeof containerOf>[0], path: string): void {
  const probe = containerOf(deployment).readinessProbe?.httpGet;
  if (probe) probe.path = path;
}

export const scaledToZero = editFault({ id: 'scaled-to-zero', title: 'Scale a service to zero', description: 'Shipping has no replicas; checkout can\'t price anything.', area: 'Rollout' }, {
  resource: 'deployments.apps',
  name: 'shipping',
  break: (object) => object.spec && void (object.spec.replicas = 0),
  repair: (object) => object.spec && void (object.spec.replicas = 1),
  isBroken: (object) => object.spec?.replicas === 0,
});
