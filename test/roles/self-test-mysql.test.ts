import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../src/config/targets.ts';
import { lookAtMysql } from '../../src/roles/self-test/mysql.ts';
import { excessOfGrant, roleIn } from '../../src/roles/self-test/mysql-grants.ts';
import { secret } from '../support/changes.ts';
import { startMariadb } from '../support/mariadb.ts';
import type { TestMariadb } from '../support/mariadb.ts';
import { requirement } from '../support/requirements.ts';

describe.skipIf(!requirement('mariadbd'))('on MariaDB', () => {
  let server: TestMariadb;
  let database: string;
  let target: DatabaseTarget;

  beforeAll(async () => {
    server = await startMariadb();
    database = await server.createDatabase();
    await server.admin.query(`CREATE USER reader@'%' IDENTIFIED BY 'x'; GRANT PROCESS ON *.* TO reader@'%'; GRANT SELECT, SHOW VIEW ON ${database}.* TO reader@'%'; CREATE ROLE writers; GRANT UPDATE ON ${database}.* TO writers`);
    target = { name: 'orders', kind: 'mysql', read: secret(server.url(database, 'reader')) };
  });
  afterAll(() => server?.stop());

  const look = () => lookAtMysql(target, AbortSignal.timeout(20_000));

  test('one that reads is let through', async () => {
    expect(await look()).toEqual({ identity: 'reader', excess: [] });
  });

  test.each([
    ['INSERT ON $database.*', /^may INSERT on `test_\w+`\.\*$/],
    ['ALL PRIVILEGES ON $database.*', /^may ALL PRIVILEGES on/],
    ['FILE ON *.*', /^may FILE on \*\.\*$/],
    ['SUPER ON *.*', /^may SUPER/],
    ['EXECUTE ON $database.*', /^may EXECUTE/],
    ['SELECT ON mysql.*', /password hashes/],
    ['SELECT ON *.*', /password hashes/],
    ['writers', /^may UPDATE on/],
  ])('GRANT %s is found', async (grant, right) => {
    const what = grant.replaceAll('$database', database);
    await server.admin.query(`GRANT ${what} TO reader@'%'`);
    const { excess } = await look();
    await server.admin.query(`REVOKE ${what} FROM reader@'%'; GRANT SELECT, SHOW VIEW ON ${database}.* TO reader@'%'`);
    expect(excess.map((one) => one.right)).toContainEqual(expect.stringMatching(right));
    expect((await look()).excess).toEqual([]);
  });
});

test.each([
  ["GRANT SELECT (a, b), INSERT (c) ON `orders`.`items` TO `x`@`%`", 'may INSERT on `orders`.`items`'],
  ["GRANT SELECT ON `orders`.* TO `x`@`%` WITH GRANT OPTION", 'may hand on its rights on `orders`.*'],
  ["GRANT BACKUP_ADMIN,CONNECTION_ADMIN ON *.* TO `x`@`%`", 'may BACKUP_ADMIN, CONNECTION_ADMIN on *.*'],
  ["GRANT PROXY ON ''@'' TO 'x'@'%'", 'may act as other accounts (PROXY)'],
  ["GRANT USAGE ON *.* TO `x`@`%` IDENTIFIED BY PASSWORD '*AA'", undefined],
  ["GRANT SELECT, SHOW VIEW ON `orders`.* TO `x`@`%`", undefined],
  ["GRANT SELECT ON `performance_schema`.* TO `x`@`%`", undefined],
])('%s: %s', (line, right) => {
  expect(excessOfGrant(line)?.right).toBe(right);
});

test('roles are told from privileges', () => {
  expect(roleIn('GRANT `writers` TO `x`@`%`')).toBe('`writers`');
  expect(roleIn('GRANT `writers`@`%` TO `x`@`%`')).toBe('`writers`@`%`');
  expect(roleIn('GRANT SELECT ON `writers`.* TO `x`@`%`')).toBeUndefined();
});
