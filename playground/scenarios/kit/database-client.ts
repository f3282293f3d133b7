/** A team's own program on orders-db: a component with a role and a Secret of its own. */
import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import type { World } from '../world.ts';
import { component, type ComponentSettings } from './component.ts';
import { editDeployment, rolloutTrouble } from './workloads.ts';

export interface DatabaseClient extends Omit<ComponentSettings, 'database'> {
  /** Ends in `_service`. */
  role: string;
  poolSize: number;
  /** One that is there already; a Secret of its own (`<name>-db`) when absent. Key `password`. */
  secret?: string;
}

export const secretOf = (name: string): string => `${name}-db`;

/** A login role that may connect, held by sre_write as the shop's other roles are. Returns its password. */
export async function createRole(world: World, role: string): Promise<string> {
  const password = randomBytes(18).toString('hex');
  const database = world.database('orders-db');
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  for (const grant of [`GRANT CONNECT ON DATABASE shop TO ${role}`, `GRANT USAGE ON SCHEMA public TO ${role}`, `GRANT ${role} TO sre_write WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`]) await database.query(grant);
  return password;
}

/** Its pool's size is in its ConfigMap `<name>-config`. Resolves when its pods are ready. */
export async function deployClient(world: World, client: DatabaseClient, password: string): Promise<void> {
  const { name, role, poolSize, configuration, secrets, secret = secretOf(name), ...settings } = client;
  if (client.secret === undefined) await world.cluster.apply(`apiVersion: v1
kind: Secret
metadata: { name: ${secret}, labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: shop } }
type: Opaque
stringData: { password: ${password} }
`);
  await world.cluster.apply(component({
    ...settings, name,
    configuration: { DB_POOL_SIZE: String(poolSize), ...configuration },
    secrets: { DB_PASSWORD: { secret, key: 'password' }, ...secrets },
    database: { role: role.replace(/_service$/, ''), poolSize },
  }));
  await world.until(`${name} to be ready`, async () => await rolloutTrouble(world, name) === undefined);
}

/** The copy a team keeps of a password as it was issued, and a pointer to it for those who may not read Secrets. The Deployment must be there. */
export async function keepIssuedPassword(world: World, { service, copy, description }: { service: string; copy: string; description: string }, password: string): Promise<void> {
  await world.cluster.apply(stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: copy, labels: { 'app.kubernetes.io/name': service, 'app.kubernetes.io/part-of': 'shop' }, annotations: { description } },
    type: 'Opaque',
    stringData: { password },
  }));
  await editDeployment(world, service, ({ metadata }) => void (metadata.annotations = { ...metadata.annotations, 'security.example/password-issued-as': `secret/${copy}` }));
}
