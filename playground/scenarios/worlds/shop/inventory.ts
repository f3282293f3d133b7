/** Inventory and its MariaDB, where a scenario needs them: measured like the rest, with accounts for agents as deploy/mysql describes them. */
import { randomBytes } from 'node:crypto';
import { placeOf } from '../../../shop/install.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { DatabaseDoor, DeclaredService } from '../../world.ts';

export interface OpenInventory {
  service: DeclaredService;
  /** As `targets.databases` wants them. */
  databases: { name: string; kind: 'mysql'; read: string; write: string }[];
  /** The variables that `databases` names. */
  environment: Record<string, string>;
}

export async function openInventory(cluster: Pick<ShopCluster, 'client' | 'locate'>, namespace: string, door: DatabaseDoor): Promise<OpenInventory> {
  const [read, write] = [randomBytes(18).toString('hex'), randomBytes(18).toString('hex')];
  await door.query([
    `CREATE USER 'sre_read'@'%' IDENTIFIED BY '${read}'`,
    "GRANT PROCESS ON *.* TO 'sre_read'@'%'",
    `CREATE USER 'sre_write'@'%' IDENTIFIED BY '${write}'`,
    "GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, INDEX, TRIGGER ON inventory.* TO 'sre_write'@'%'",
    "GRANT SELECT ON mysql.innodb_table_stats TO 'sre_write'@'%'",
    "GRANT PROCESS, CONNECTION ADMIN ON *.* TO 'sre_write'@'%'",
    'CREATE DATABASE sre_agent',
    'CREATE TABLE sre_agent.runs (id char(32) PRIMARY KEY, run char(36) NOT NULL, at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB',
    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON sre_agent.* TO 'sre_write'@'%'",
  ].join('; '));
  const url = (role: string, password: string): string => `mysql://${role}:${password}@${placeOf(cluster, namespace, 'inventory-db', 3306)}/inventory`;
  return {
    service: {
      name: 'inventory', port: 8080, checks: [{ name: 'stock', path: '/stock/17' }],
      latencyBudgetMilliseconds: 150, dependsOn: [], databases: ['inventory-db'],
    },
    databases: [{ name: 'inventory-db', kind: 'mysql', read: '${INVENTORY_DB_READ_URL}', write: '${INVENTORY_DB_WRITE_URL}' }],
    environment: { INVENTORY_DB_READ_URL: url('sre_read', read), INVENTORY_DB_WRITE_URL: url('sre_write', write) },
  };
}
