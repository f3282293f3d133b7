/** Signed, dated texts: what an issuer gives out and a checker accepts, if both have the same key. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { RequestFailure } from '../common/failure.ts';

export interface Tokens {
  sign(content: unknown): string;
  /** What was signed. Throws RequestFailure 401 that says whether key or time is wrong. */
  verify(token: string): unknown;
  /** Tells keys apart and gives nothing away. */
  keyId: string;
}

export function createTokens(key: string, lifetimeSeconds: number): Tokens {
  const keyId = createHash('sha256').update(`key id of ${key}`).digest('hex').slice(0, 8);
  const signature = (head: string): string => createHmac('sha256', key).update(head).digest('base64url');
  return {
    keyId,
    sign: (content) => {
      const head = Buffer.from(JSON.stringify({ kid: keyId, exp: Math.floor(Date.now() / 1000) + lifetimeSeconds, content })).toString('base64url');
      return `${head}.${signature(head)}`;
    },
    verify: (token) => {
      const [head = '', signed = ''] = token.split('.');
      const { kid, exp, content } = parse(head);
      const right = signature(head);
      if (signed.length !== right.length || !timingSafeEqual(Buffer.from(signed), Buffer.from(right))) {
        throw new RequestFailure(401, 'INVALID_SIGNATURE', `token was signed with key ${kid ?? 'unknown'}; this service accepts key ${keyId}`);
      }
      if (Number(exp) * 1000 <= Date.now()) throw new RequestFailure(401, 'TOKEN_EXPIRED', `token expired at ${new Date(Number(exp) * 1000).toISOString()}`);
      return content;
    },
  };
}

function parse(head: string): { kid?: string; exp?: number; content?: unknown } {
  try {
    return JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { kid?: string };
  } catch {
    throw new RequestFailure(401, 'INVALID_TOKEN', 'not a token');
  }
}
