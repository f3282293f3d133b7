/** What a server counts (performance_schema) and plans, on a real MariaDB. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mysqlExplain } from '../../../src/tools/mysql/mysql-explain.ts';
import { mysqlLook } from '../../../src/tools/mysql/mysql-look.ts';
import { secret } from '../../support/changes.ts';
import type { TestMariadb } from '../../support/mariadb.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { requirement } from '../../support/requirements.ts';

const { signal } = new AbortController();

describe.skipIf(!requirement('mariadbd'))('a server that counts', () => {
  let server: TestMariadb;
  let database: string;
  const targets = (user: string) => [{ name: 'shop', kind: 'mysql' as const, read: secret(server.url(database, user)) }];
  const explain = (statement: string, user = 'planner') => mysqlExplain(targets(user)).run({ database: 'shop', statement }, { signal });

  beforeAll(async () => {
    server = await startMariadb(['--performance-schema=ON', '--performance-schema-consumer-events-statements-current=ON', '--performance-schema-instrument=wait/io/table/%=ON']);
    database = await server.createDatabase();
    await server.admin.query(`USE ${database}; CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, customer_id int, note varchar(100), KEY never_used (note)); INSERT INTO orders (customer_id, note) SELECT seq % 100, 'x' FROM seq_1_to_500;
      CREATE USER planner@'%' IDENTIFIED BY 'x'; GRANT PROCESS ON *.* TO planner@'%'; GRANT SELECT ON performance_schema.* TO planner@'%'; GRANT SELECT ON ${database}.* TO planner@'%'; CREATE USER looker@'%' IDENTIFIED BY 'x'; GRANT PROCESS ON *.* TO looker@'%'`);
    for (let call = 0; call < 3; call += 1) await server.admin.query(`SELECT count(*) FROM ${database}.orders WHERE customer_id = 17 AND 'topsecret' <> ''`);
  }, 120_000);
  afterAll(() => server?.stop());

  test('shows the statements that cost most, without their values, and what is read whole for want of an index', async () => {
    const look = mysqlLook(targets('planner'));
    const [statements, indexes, sizes] = await Promise.all((['statements', 'indexes', 'sizes'] as const).map((view) => look.run({ database: 'shop', view }, { signal })));
    const [head = '', ...rows] = statements?.output.split('\n').slice(1) ?? [];
    expect(head).toMatch(/calls.*total s.*examined.*without index.*statement/);
    expect(rows.find((row) => /SELECT COUNT.*orders/i.test(row))?.split('|').map((cell) => cell.trim())).toMatchObject({ 1: '3', 6: '1500' });
    expect(statements?.output).not.toContain('topsecret');
    expect(indexes?.output).toMatch(new RegExp(`# never used[^]*${database} +\\| orders +\\| never_used`));
    expect(indexes?.output).toMatch(new RegExp(`# rows read without any index, by table[^]*${database} +\\| orders`));
    expect(indexes?.output).toMatch(new RegExp(`# statements without an index[^]*orders[^]*# indexes of the tables[^]*never_used`));
    expect(sizes?.output).toMatch(new RegExp(`${database} +\\| orders +\\| InnoDB +\\| \\d+`));
  });

  test('an account without the right is told which', async () => {
    expect(await mysqlLook(targets('looker')).run({ database: 'shop', view: 'statements' }, { signal })).toMatchObject({ failed: true, output: expect.stringContaining('may lack a right: deploy/mysql/read.sql') as string });
    expect(await explain('SELECT 1 FROM orders', 'looker')).toMatchObject({ failed: true, output: expect.stringMatching(/denied[^]*GRANT SELECT on it/) as string });
  });

  test('a SELECT is planned and not run; anything else is refused before it is sent', async () => {
    expect((await explain('SELECT * FROM orders WHERE customer_id = 17;')).output).toMatch(/type[^]*orders[^]*ALL[^]*500/);
    expect((await explain('SELECT * FROM orders WHERE id = 17')).output).toMatch(/const[^]*PRIMARY/);
    const [before] = (await server.admin.query('SHOW GLOBAL STATUS LIKE \'Com_select\'')) as unknown as [[{ Value: string }]];
    for (const statement of ['DELETE FROM orders', 'ANALYZE SELECT 1 FROM orders', 'SELECT sleep(5)', '/*!50000 DELETE FROM orders */']) expect(await explain(statement)).toMatchObject({ failed: true, output: expect.stringMatching(/^Refused: /) as string });
    const [after] = (await server.admin.query('SHOW GLOBAL STATUS LIKE \'Com_select\'')) as unknown as [[{ Value: string }]];
    expect(after[0].Value).toBe(before[0].Value);
    expect((await explain('SELECT nope FROM orders')).output).toMatch(/Unknown column/);
  });
});
