import { quantityValue } from '../../cluster/objects/quantity.ts';
import { crashLooping, errorRate, page, person, toldBy } from '../kit/asks.ts';
import { holds, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deployment, editDeployment, replacePods, rolledOut, type Deployment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

const usual = { request: '64Mi', limit: '192Mi' };
const mebibyte = 2 ** 20;

/** Somebody saves memory: the limit is below what the program needs to start. */
export const scenario = defineScenario({
  id: 'memory-below-need',
  title: 'A memory limit is below what the program needs',
  category: 'kubernetes',
  difficulty: 'single-signal',
  parameters: (random) => ({ service: random.pick(['cart', 'payments', 'shipping'] as const), limit: `${random.integer(7, 14) * 2}Mi`, voice: random.integer(0, 3) }),
  alert: ({ service, voice }, { namespace }) => toldBy(voice, [
    crashLooping(namespace, service),
    errorRate(namespace, service, 1),
    page(service, `${service} is down for all customers`),
    person(`${service} keeps restarting since this morning, customers see errors`),
  ]),
  inject: (world, { service, limit }) => editDeployment(world, service, (object) => setMemory(object, limit, limit)),
  symptom: async (world, { service }) => unwell(world, [service]),
  oracle: async (world, { service }) => {
    const memory = container(await deployment(world, service)).resources;
    const [request, limit] = [memory?.requests?.['memory'], memory?.limits?.['memory']];
    return [
      holds('the limit is there and within its envelope', limit !== undefined && quantityValue(limit) >= 96 * mebibyte && quantityValue(limit) <= 2 * quantityValue(usual.limit), `limit ${limit ?? 'none'}`),
      holds('the request is not above the limit', quantityValue(request) <= quantityValue(limit ?? '0'), `request ${request ?? 'none'}, limit ${limit ?? 'none'}`),
      await rolledOut(world, service, 1),
      await serves(world, service),
    ];
  },
  relapse: { seconds: 8, provoke: (world, { service }) => replacePods(world, service) },
  allowed: ({ service }) => [`deployments.apps/${service}`],
  truth: ({ service }) => ({ outcome: 'repair', root: [`deployment/${service}`], mechanisms: ['memory-limit-too-low'], chain: [`deployment/${service}`, `service/${service}`] }),
  // Without a limit of its own it runs, with whatever the namespace's default is.
  hide: (world, { service }) => editDeployment(world, service, (object) => setMemory(object, usual.request, undefined)),
  repair: (world, { service }) => editDeployment(world, service, (object) => setMemory(object, usual.request, usual.limit)),
});

function setMemory(object: Deployment, request: string, limit: string | undefined): void {
  const owner = container(object);
  const { memory: _before, ...limits } = owner.resources?.limits ?? {};
  owner.resources = { ...owner.resources, requests: { ...owner.resources?.requests, memory: request }, limits: { ...limits, ...(limit === undefined ? {} : { memory: limit }) } };
}
