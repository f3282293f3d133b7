import { errorRate, page, person, podNotReady, toldBy } from '../kit/asks.ts';
import { holds, isOneOf, unwell } from '../kit/checks.ts';
import { serves } from '../kit/shop.ts';
import { container, deletePods, deployment, editDeployment, replacePods, rolledOut, rolloutRestart, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';
import type { World } from '../world.ts';

const secret = 'payments-provider';
const variable = 'PROVIDER_API_KEY';
const usual = 'api-key';

/** A rotation put the provider's key into the Secret under another name than the pods ask for. */
export const scenario = defineScenario({
  id: 'key-under-another-name',
  title: 'A rotated Secret has its key under another name than the pods ask for',
  category: 'kubernetes',
  difficulty: 'single-signal',
  parameters: (random) => ({
    renamed: random.pick(['apikey', 'API_KEY', 'api_key', 'provider-api-key', 'key', `api-key-${random.integer(2024, 2026)}`]),
    before: `pk_live_${token(random.integer)}`,
    after: `pk_live_${token(random.integer)}`,
    voice: random.integer(0, 3),
  }),
  prepare: async (world, { before }) => {
    await setSecret(world, { [usual]: before });
    await rolloutRestart(world, 'payments');
    await world.until('payments with its key', async () => (await rolledOut(world, 'payments', 1)).ok);
  },
  alert: ({ voice }, { namespace }) => toldBy(voice, [
    podNotReady(namespace, 'payments'),
    page('payments', 'No payment method can be loaded'),
    errorRate(namespace, 'payments', 1),
    person('since the key rotation of our payment provider nobody can pay. the provider says that the new key works'),
  ]),
  inject: async (world, { renamed, after }) => {
    await setSecret(world, { [renamed]: after });
    await deletePods(world, 'payments');
  },
  symptom: async (world) => unwell(world, ['payments']),
  oracle: async (world, { before, after }) => {
    const reference = container(await deployment(world, 'payments')).env?.find(({ name }) => name === variable)?.valueFrom?.secretKeyRef;
    const value = (await world.cluster.get('secrets', secret))?.data?.[reference?.key ?? ''];
    return [
      isOneOf(`${variable} comes from the Secret`, reference?.name, [secret]),
      // Nobody has the one before any more, once it was rotated.
      holds('the key asked for is there and one of the provider\'s', [before, after].includes(decoded(value)), value === undefined ? `${secret} has no ${reference?.key ?? 'key'}` : 'there is a value'),
      holds('the reference is not optional', reference?.optional !== true, `optional: ${String(reference?.optional)}`),
      await rolledOut(world, 'payments', 1),
      await serves(world, 'payments'),
    ];
  },
  relapse: { seconds: 8, provoke: (world) => replacePods(world, 'payments') },
  allowed: () => [`secrets/${secret}`, 'deployments.apps/payments'],
  truth: () => ({ outcome: 'repair', root: [`secret/${secret}`, 'deployment/payments'], mechanisms: ['missing-configuration'], chain: [`secret/${secret}`, 'deployment/payments', 'service/checkout'] }),
  canaries: ({ before, after }) => [before, after],
  // It starts with a key that no provider takes.
  hide: (world) => editDeployment(world, 'payments', (object) => setEnvironment(object, variable, 'unset')),
  repair: async (world, { after }) => {
    await setSecret(world, { [usual]: after });
    await editDeployment(world, 'payments', (object) => {
      const variables = container(object).env ?? [];
      container(object).env = variables.map((one) => (one.name === variable ? { name: variable, valueFrom: { secretKeyRef: { name: secret, key: usual } } } : one));
    });
  },
});

const token = (integer: (low: number, high: number) => number): string => Array.from({ length: 4 }, () => integer(0x1000, 0xffff).toString(16)).join('');
const decoded = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

function setSecret(world: World, values: Record<string, string>): Promise<void> {
  return world.cluster.edit('secrets', secret, (object) => void (object.data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]))));
}
