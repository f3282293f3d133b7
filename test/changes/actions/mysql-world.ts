/** A database of a real MariaDB with an orders table, its accounts as shipped, seen through a wire-tap. */
import { readFileSync } from 'node:fs';
import type { Connection } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { kindContext, secret, tapPostgres, targetsWith } from '../../support/changes.ts';
import type { TestMariadb } from '../../support/mariadb.ts';

/** deploy/mysql/<name>.sql, for an account and a database of the test's own. */
export function accountStatements(name: 'read' | 'write' | 'write-rows', account: string, database: string): string {
  return readFileSync(`deploy/mysql/${name}.sql`, 'utf8').replaceAll(/^--.*$/gm, '').replaceAll(name === 'read' ? 'sre_read' : 'sre_write', account).replaceAll('orders', database).replaceAll('change-me', 'x');
}

export async function openMysqlWorld(server: TestMariadb) {
  const database = await server.createDatabase();
  const account = `write_${database.slice(5)}`;
  const client = `shop_${database.slice(5)}`;
  const { admin } = server;
  await admin.query(accountStatements('write', account, database));
  await admin.query(`CREATE USER ${client}@'%' IDENTIFIED BY 'x'; GRANT ALL ON ${database}.* TO ${client}@'%'`);
  await admin.query(`CREATE TABLE ${database}.orders (id int PRIMARY KEY AUTO_INCREMENT, customer_id int NOT NULL, state varchar(20) NOT NULL DEFAULT 'new', note text, KEY by_state (state(5), customer_id DESC)) ENGINE=InnoDB`);
  await admin.query(`USE ${database}; INSERT INTO ${database}.orders (customer_id) SELECT seq % 100 FROM seq_1_to_1000`);
  const tap = await tapPostgres(server.url(database, account));
  const targets = targetsWith({ databases: [{ name: 'shop', kind: 'mysql', read: secret(tap.url), write: secret(tap.url, 'SHOP_WRITE_URL') }] });
  const clients: Connection[] = [];
  return {
    admin, database, account, client, tap, targets,
    context: kindContext(targets),
    async connect(): Promise<Connection> {
      const opened = await createConnection(server.url(database, client));
      opened.on('error', () => undefined);
      clients.push(opened);
      return opened;
    },
    /** Rows of the administrator's query. */
    async rows(text: string): Promise<Record<string, unknown>[]> {
      return (await admin.query(text))[0] as Record<string, unknown>[];
    },
    async close() {
      for (const one of clients) one.destroy();
      await tap.close();
      await admin.query(`DROP DATABASE ${database}; DROP USER ${account}@'%', ${client}@'%'`);
    },
  };
}

export type MysqlWorld = Awaited<ReturnType<typeof openMysqlWorld>>;

/** id, user and host as the process list has them. */
export async function processOf(connection: Connection, world: MysqlWorld): Promise<{ id: number; user: string; host: string }> {
  const [row] = await world.rows(`SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE ID = ${connection.threadId}`);
  return { id: Number(row?.['id']), user: String(row?.['user']), host: String(row?.['host']) };
}
