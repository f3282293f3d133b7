import { errorRate, page, person, podNotReady, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deployment, editDeployment, rolledOut } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

/** A readiness probe asks for a path or a port that the program does not have: it runs, and gets no traffic. */
export const scenario = defineScenario({
  id: 'asks-the-wrong-door',
  title: 'A readiness probe asks the wrong path or port',
  category: 'kubernetes',
  difficulty: 'multi-hop',
  parameters: (random) => ({
    service: random.pick(['shipping', 'cart', 'payments'] as const),
    probe: random.pick([{ path: random.pick(['/ready', '/health/ready', '/status', '/actuator/health', '/_ready']), port: 'http' as const }, { path: '/readyz', port: random.integer(8081, 9090) }]),
    voice: random.integer(0, 3),
  }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, service, 1),
    podNotReady(namespace, service),
    person(`${service} refuses connections, but its pod is Running, does not restart and logs nothing bad`),
    page(service, `${service}: 100 % of requests refused`),
  ]),
  inject: (world, { service, probe }) => editDeployment(world, service, (object) => {
    const owner = container(object);
    owner.readinessProbe = { ...owner.readinessProbe, httpGet: { ...owner.readinessProbe?.httpGet, ...probe } };
  }),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service }) => {
    const owner = container(await deployment(world, service));
    const asked = owner.readinessProbe?.httpGet;
    const port = owner.ports?.find(({ name }) => name === asked?.port)?.containerPort ?? asked?.port;
    const slices = await world.cluster.list('endpointslices.discovery.k8s.io', { labels: { 'kubernetes.io/service-name': service } });
    const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready === true);
    return [
      isOneOf('the probe asks whether it is ready', asked?.path, ['/readyz']),
      isOneOf('where it listens', port, [8080]),
      holds('the service has its ready pod', ready.length === 1, `${ready.length} ready endpoints`),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8 },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  forbidden: ({ service }) => [{ reason: 'traffic to pods that are not ready', objects: [`services/${service}`] }],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['probe-misconfigured'], chain: [`deployment/${service}`, `service/${service}`] }),
  // Never asked, always ready.
  hide: (world, { service }) => editDeployment(world, service, (object) => void delete container(object).readinessProbe),
  repair: (world, { service }) => editDeployment(world, service, (object) => void (container(object).readinessProbe = { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 2 })),
});
