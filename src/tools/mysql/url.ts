/** `mysql://user:password@host:3306/database?ssl-mode=required`. */

export interface MysqlAddress {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  ssl?: { rejectUnauthorized: boolean; verifyIdentity: boolean };
}

/** Throws an Error that says what is wrong, and nothing of the URL. */
export function parseMysqlUrl(text: string): MysqlAddress {
  if (!URL.canParse(text)) throw new Error('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') throw new Error('it must start with mysql://');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (url.hostname === '' || url.username === '') throw new Error('it must name a host and a user');
  if (!/^[^/`\p{Cc}]{1,64}$/u.test(database)) throw new Error('it must end in the name of one database');
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'ssl-mode');
  if (unknown !== undefined) throw new Error(`its option ${unknown} is not known; ssl-mode is`);
  const ssl = sslOf(url.searchParams.get('ssl-mode') ?? 'disabled');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 3306), database,
    user: decodeURIComponent(url.username), password: decodeURIComponent(url.password), ...(ssl && { ssl }),
  };
}

function sslOf(mode: string): MysqlAddress['ssl'] {
  switch (mode.toLowerCase().replaceAll('_', '-')) {
    case 'disabled':
      return undefined;
    case 'required':
      return { rejectUnauthorized: false, verifyIdentity: false };
    case 'verify-ca':
      return { rejectUnauthorized: true, verifyIdentity: false };
    case 'verify-identity':
      return { rejectUnauthorized: true, verifyIdentity: true };
    default:
      throw new Error('ssl-mode is one of disabled, required, verify-ca, verify-identity');
  }
}
