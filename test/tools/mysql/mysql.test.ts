import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskStatement } from '../../../src/tools/mysql/mask-statement.ts';
import { parseMysqlUrl } from '../../../src/tools/mysql/url.ts';

describe('a statement that may be shown', () => {
  test.each([
    ["UPDATE `my orders` SET note = 'topsecret' WHERE id = 17", 'UPDATE "my orders" SET note = ? WHERE id = ?'],
    ['SELECT "it\'s topsecret", x\'00ff\', 0xDEADBEEF, 1.5e3', 'SELECT ?, x?, ?, ?'],
    ["SELECT 1 /* 'topsecret' */ -- topsecret\n + 2 # topsecret", 'SELECT ? + ?'],
    ["SELECT '/* not a comment', 'topsecret' FROM t -- */", 'SELECT ?, ? FROM t'],
    ["INSERT INTO t VALUES ('cut off in topsec", 'INSERT INTO t VALUES (?'],
    ["SELECT 'a\\' , 'topsecret", 'SELECT ? ...'],
    ["SELECT 'a''b', 'topsecret'", 'SELECT ?, ?'],
  ])('%s', async (statement, shown) => {
    expect(await maskStatement(statement)).toBe(shown);
  });

  test('holds no value, whatever stands beside it and wherever it is cut off', async () => {
    const quote = fc.constantFrom("'", '"');
    const filler = fc.array(fc.constantFrom("''", '""', '\\\\', '\\n', '/*', '*/', '--', '#', ' ', '`', '$$', 'x'), { maxLength: 6 }).map((parts) => parts.join(''));
    const value = fc.tuple(quote, filler, filler).map(([mark, before, after]) => `${mark}${clean(before, mark)}topsecret${clean(after, mark)}${mark}`);
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 4 }), fc.nat(400), async (values, cut) => {
        const statement = `INSERT INTO t (a) VALUES (${values.join(', ')}) /* done */`;
        expect(await maskStatement(statement)).not.toContain('topsecret');
        expect(await maskStatement(statement.slice(0, cut))).not.toContain('topsecret');
      }),
      { numRuns: 400 },
    );
    /** The other quote stays as it is; its own is doubled already, or left out. */
    function clean(text: string, mark: string): string {
      return mark === "'" ? text : text.replaceAll("''", "'");
    }
  });
});

describe('the URL of a MySQL database', () => {
  test('is read whole', () => {
    expect(parseMysqlUrl('mysql://sre%40x:p%2Fw@[::1]:3307/my%20shop?ssl-mode=VERIFY_IDENTITY')).toEqual({ host: '::1', port: 3307, user: 'sre@x', password: 'p/w', database: 'my shop', ssl: { rejectUnauthorized: true, verifyIdentity: true } });
    expect(parseMysqlUrl('mariadb://u@db/shop')).toEqual({ host: 'db', port: 3306, user: 'u', password: '', database: 'shop' });
  });

  test.each([
    ['nonsense', /not a URL/], ['postgres://u:topsecret@h/d', /must start with mysql:/], ['mysql://h/d', /host and a user/], ['mysql://u:topsecret@h', /name of one database/], ['mysql://u:topsecret@h/a/b', /name of one database/],
    ['mysql://u:topsecret@h/d?multipleStatements=true', /option multipleStatements is not known/], ['mysql://u:topsecret@h/d?ssl-mode=perhaps', /ssl-mode is one of/],
  ])('%s is refused in words that hold nothing of it', (url, words) => {
    expect(() => parseMysqlUrl(url)).toThrow(words);
    expect(() => parseMysqlUrl(url)).not.toThrow(/topsecret/);
  });
});
