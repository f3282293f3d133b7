/** Components of a scenario in the world: deployed, declared, used, reconfigured. */
import type { Plan } from '../../shop/programs/component/plan.ts';
import type { DeclaredService, World } from '../world.ts';
import { component, type ComponentSettings } from './component.ts';
import { rolloutRestart, rolloutTrouble } from './workloads.ts';

/** Applies all of them and waits until they are rolled out. */
export async function deploy(world: World, components: readonly ComponentSettings[]): Promise<void> {
  for (const settings of components) await world.cluster.apply(component(settings));
  for (const { name, namespace } of components) await settled(world, name, namespace);
}

export async function settled(world: World, name: string, namespace?: string): Promise<void> {
  await world.until(`${name} to be rolled out`, async () => await rolloutTrouble(world, name, undefined, namespace) === undefined, 120);
}

/** Tells agents of a component and sends steady traffic to it. */
export function declareComponent(world: World, name: string, paths: readonly [string, ...string[]], more: Partial<DeclaredService> = {}): void {
  world.declare.service({ name, port: 8080, checks: paths.map((path, index) => ({ name: index === 0 ? 'main' : `check-${index + 1}`, path })), latencyBudgetMilliseconds: 400, dependsOn: [], ...more });
}

/** People beside the bench's own traffic: so many GETs a second, until the world ends. */
export function keepAsking(world: World, service: string, path: () => string, perSecond: number): void {
  const timer = setInterval(() => void world.services.call(service, path(), { timeoutMilliseconds: 8000 }), 1000 / perSecond);
  world.onClose(() => clearInterval(timer));
}

/** Writes values into a ConfigMap; undefined takes a key out. */
export function configure(world: World, configMap: string, values: Record<string, string | undefined>): Promise<void> {
  return world.cluster.edit('configmaps', configMap, (object) => {
    const merged = { ...object.data, ...values };
    object.data = Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined));
  });
}

/** The same, and pods that know of it. */
export async function reconfigure(world: World, deployment: string, configMap: string, values: Record<string, string | undefined>): Promise<void> {
  await configure(world, configMap, values);
  await rolloutRestart(world, deployment);
}

export async function configured(world: World, configMap: string, key: string): Promise<string | undefined> {
  return (await world.cluster.get('configmaps', configMap))?.data?.[key];
}

/** Writes a component's file of flags anew; it reads them within seconds. */
export function setFlags(world: World, name: string, flags: Record<string, string>): Promise<void> {
  return configure(world, `${name}-flags`, { 'flags.json': `${JSON.stringify(flags, null, 2)}\n` });
}

/** What a component's file of routes says. */
export async function planOf(world: World, name: string): Promise<Plan> {
  return JSON.parse(await configured(world, `${name}-plan`, 'plan.json') ?? '{"routes": {}}') as Plan;
}
