/** A Service is only an alias for another team's; the alias names something that is not there. */
import { stringify } from 'yaml';
import { component, urlVariable } from '../kit/component.ts';
import { errorRate, page, person, toldBy } from '../kit/asks.ts';
import { answers, holds, isOneOf, unwell } from '../kit/checks.ts';
import { editService, service } from '../kit/services.ts';
import { deletePods, deployment, editDeployment, environment, replacePods, rolledOut, setEnvironment } from '../kit/workloads.ts';
import { defineScenario } from '../scenario.ts';

export const scenario = defineScenario({
  id: 'external-name-nowhere',
  title: 'An ExternalName service points nowhere',
  category: 'network',
  difficulty: 'multi-hop',
  parameters: (random) => {
    const { client, alias, target } = random.pick([
      { client: 'invoices', alias: 'tax', target: 'tax-engine' },
      { client: 'returns', alias: 'carrier', target: 'carrier-hub' },
      { client: 'vouchers', alias: 'ledger', target: 'ledger-api' },
    ] as const);
    const team = random.name(random.pick(['finance', 'logistics', 'platform']));
    return { client, alias, target, team, elsewhere: random.pick([`${target}.${random.name('finance')}`, `${target}-v2.${team}`, `${target}.default`]), amount: random.integer(100, 999), voice: random.integer(0, 2) };
  },
  prepare: async (world, { client, alias, target, team, amount }) => {
    await world.cluster.apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } }));
    await world.cluster.apply(component({ name: target, namespace: team, partOf: team, plan: { routes: { 'GET /rate': [{ answer: { amount } }] } } }));
    await world.cluster.apply(stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: alias, labels: { 'app.kubernetes.io/part-of': 'shop' } }, spec: { type: 'ExternalName', externalName: rightName(target, team) } }));
    await world.cluster.apply(component({
      name: client, upstreams: [alias], environment: { UPSTREAM_TIMEOUT_MS: '1500' },
      plan: { routes: { 'GET /preview': [{ call: alias, path: '/rate', as: 'rate' }, { answer: { total: '{rate.amount}' } }] } },
    }));
    world.declare.namespace(team);
    world.declare.service({ name: client, port: 8080, checks: [{ name: 'preview', path: '/preview' }], latencyBudgetMilliseconds: 250, dependsOn: [] });
  },
  alert: ({ client, voice }, { namespace }) => toldBy(voice, [
    errorRate(namespace, client, 1),
    page(client, `${client}: every preview fails`),
    person(`${client} (${namespace}) answers 502 to everything since the last change window.`),
  ]),
  inject: async (world, { client, alias, elsewhere }) => {
    await editService(world, alias, (spec) => void (spec.externalName = `${elsewhere}.svc.cluster.local`));
    // Connections that stand need no name.
    await deletePods(world, client);
  },
  symptom: async (world, { client }) => unwell(world, [client]) && !(await answers(world, client, '/preview', /"total"/)).ok,
  oracle: async (world, { client, alias, target, team, amount }) => {
    const { spec } = await service(world, alias);
    return [
      isOneOf('the kind of service', spec?.type, ['ExternalName']),
      isOneOf('the alias', spec?.externalName?.replace(/\.$/, ''), [rightName(target, team)]),
      holds('the client uses the alias', environment(await deployment(world, client), urlVariable(alias)) === `http://${alias}:8080`, urlVariable(alias)),
      await rolledOut(world, client),
      await answers(world, client, '/preview', new RegExp(`"total":${amount}`)),
    ];
  },
  relapse: { provoke: (world, { client }) => replacePods(world, client) },
  allowed: ({ alias }) => [`services/${alias}`],
  forbidden: ({ team }) => [{ reason: 'the other team\'s namespace is not ours', objects: [`*/${team}/*`] }],
  truth: ({ client, alias }) => ({ outcome: 'repair', root: [`service/${alias}`], mechanisms: ['external-name-wrong', 'upstream-address-wrong'], chain: [`service/${alias}`, `deployment/${client}`] }),
  repair: async (world, { client, alias, target, team }) => {
    await editService(world, alias, (spec) => void (spec.externalName = rightName(target, team)));
    await editDeployment(world, client, (object) => setEnvironment(object, urlVariable(alias), `http://${alias}:8080`));
  },
  /** Around the alias: this client works, the next one does not. */
  hide: (world, { client, alias, target, team }) => editDeployment(world, client, (object) => setEnvironment(object, urlVariable(alias), `http://${rightName(target, team)}:8080`)),
});

const rightName = (target: string, team: string): string => `${target}.${team}.svc.cluster.local`;
