/**
 * Databases by name: a Service of that name whose port says which kind it is, and a Secret `<name>-credentials`. The
 * shop's are `orders-db` and `inventory-db`; a scenario's own need only keep to the same names.
 */
import { placeOf } from '../../../shop/install.ts';
import { roleOfKey } from '../../../shop/orders-database/roles.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { DatabaseDoor } from '../../world.ts';
import type { Endings } from '../endings.ts';
import { openMysql } from './mysql.ts';
import { openPostgres } from './postgres.ts';

/** Where it is now, and a role's seeded password; undefined where the Secret has none. */
export interface DatabasePlace {
  address(): { host: string; port: number };
  database: string;
  password(role: string): string | undefined;
}

const kinds = {
  5432: { open: openPostgres, database: 'shop', keysOf: (role: string) => [...Object.entries(roleOfKey).filter(([, known]) => known === role).map(([key]) => key), `${role}-password`] },
  3306: { open: openMysql, database: 'inventory', keysOf: (role: string) => [role === 'inventory' ? 'password' : `${role}-password`] },
} as const;

export function openDatabases(cluster: Pick<ShopCluster, 'client' | 'locate'>, namespace: string, endings: Pick<Endings, 'add'>): (name: string) => DatabaseDoor {
  const doors = new Map<string, DatabaseDoor>();
  const open = (name: string): DatabaseDoor => {
    const port = (cluster.client.get('services', namespace, name)?.spec?.ports ?? []).map((one) => one.port).find((one): one is keyof typeof kinds => one in kinds);
    if (port === undefined) throw new Error(name === 'inventory-db' ? 'There is no inventory-db: the scenario must say needs: [\'mariadb\'], and mariadbd must be installed.' : `There is no database ${name} in ${namespace}.`);
    const { open: openKind, database, keysOf } = kinds[port];
    // As it was in the beginning: what happens to the Secret later locks nobody out here.
    const seeded = cluster.client.get('secrets', namespace, `${name}-credentials`)?.data ?? {};
    return openKind({
      address: () => addressOf(cluster, namespace, name, port),
      database,
      password: (role) => {
        const value = keysOf(role).map((key) => seeded[key]).find((one) => one !== undefined);
        return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
      },
    }, endings);
  };
  const database = (name: string): DatabaseDoor => {
    const door = doors.get(name) ?? open(name);
    doors.set(name, door);
    return door;
  };
  database('orders-db');
  return database;
}

/** Of its first pod, past the Service and its rules: those may be what is broken. */
function addressOf(cluster: Pick<ShopCluster, 'client' | 'locate'>, namespace: string, name: string, port: number): { host: string; port: number } {
  const podAddress = cluster.client.get('pods', namespace, `${name}-0`)?.status?.podIP;
  if (podAddress !== undefined) {
    const place = cluster.locate(podAddress, port);
    return { host: place.address, port: place.port };
  }
  const [host = '', at = ''] = placeOf(cluster, namespace, name, port).split(':');
  return { host, port: Number(at) };
}
