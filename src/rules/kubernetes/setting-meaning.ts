/** What a setting is about, by the words of its name and by its value, and how errors speak when such a setting is wrong. */
import { hostsInValue } from '../hosts.ts';
import { refusedWords, unknownNameWords } from '../service/error-words.ts';

export interface Meaning {
  /** In the field's words, kebab-case. */
  mechanism: string;
  /** How what is wrong with it shows in errors and logs; absent: it has no words of its own. */
  speaks?: RegExp;
}

interface SettingChange {
  /** Key, variable or path inside of a file. */
  name: string;
  before: string | undefined;
  after: string | undefined;
}

/** `place`: names of the ConfigMap and the key around the setting. Undefined: its name says nothing known, or the change is to the better. */
export function meaningOf({ name, before, after }: SettingChange, place: readonly string[] = []): Meaning | undefined {
  const words = wordsIn(name);
  const around = new Set([...words, ...place.flatMap((one) => [...wordsIn(one)])]);
  const [was, is] = [plain(before), plain(after)];
  const turned = isSwitch(was) || isSwitch(is);
  if (turned && has(around, 'cache', 'caching') && /^(?:off|false|no|0|disabled)$/i.test(is ?? '')) return cache;
  if (turned && (has(around, ...flagWords) || (was ?? '') !== (is ?? ''))) return { mechanism: 'feature-flag' };
  if (has(around, 'route', 'routes', 'routing', 'paths', 'backend', 'backends') || (has(around, 'gateway', 'ingress') && !has(words, 'timeout'))) return { mechanism: 'wrong-route', speaks: /\b(?:404|405|NOT_FOUND|no such route|no route|cannot (?:GET|POST)|unknown path)\b/i };
  if (isPlace(was) || isPlace(is)) return { mechanism: 'upstream-address-wrong', speaks: wrongPlace };
  const worse = directionOf(was, is);
  // Of a number that was not there before nobody can say whether it is more or less.
  if (was === undefined || is === undefined) return undefined;
  for (const { needs, bad, ...meaning } of numbers) if (needs(words, around) && (worse === undefined || bad === 'any' || worse === bad)) return meaning;
  return undefined;
}

const wrongPlace = new RegExp(`${refusedWords.source}|${unknownNameWords.source}|EHOSTUNREACH|ETIMEDOUT|unreachable|\\bUNAVAILABLE\\b|no healthy upstream|no live upstreams|upstream connect error|i/o timeout|context deadline exceeded|SocketTimeout|upstream timed out`, 'i');

const flagWords = ['flag', 'flags', 'feature', 'features', 'toggle', 'toggles', 'switch', 'maintenance', 'enable', 'enabled', 'disabled', 'experiment'];
const cache: Meaning = { mechanism: 'cache-ineffective', speaks: /queue|busy|too many|overload|time[d]? ?out|ETIMEDOUT|cache miss|\b(?:429|503|504)\b/i };

const numbers: (Meaning & { needs: (words: ReadonlySet<string>, around: ReadonlySet<string>) => boolean; bad: 'lower' | 'higher' | 'any' })[] = [
  { mechanism: 'rate-limit-too-low', bad: 'lower', needs: (words) => has(words, 'rps', 'qps', 'rpm', 'tps', 'throttle', 'throttling', 'ratelimit', 'burst') || (has(words, 'rate', 'requests') && has(words, 'limit', 'max', 'per')), speaks: /\b429\b|rate.?limit|too many requests|throttl|requests (?:a|per) (?:second|minute)/i },
  { mechanism: 'retry-storm', bad: 'higher', needs: (words) => has(words, 'retry', 'retries', 'attempts', 'tries'), speaks: /\battempt|retr(?:y|ies)|queue|time[d]? ?out|ETIMEDOUT|did not answer/i },
  { mechanism: 'token-lifetime-too-short', bad: 'lower', needs: (words) => has(words, 'token', 'jwt', 'session', 'cookie') && has(words, ...lifetimeWords), speaks: /\b401\b|expired|TOKEN_EXPIRED|unauthori[sz]ed/i },
  { ...cache, bad: 'lower', needs: (words) => has(words, 'cache', 'cached', 'caching') || has(words, 'ttl') },
  { mechanism: 'timeout-too-short', bad: 'lower', needs: (words) => has(words, 'timeout', 'timeouts', 'deadline', 'patience') || (has(words, 'time') && has(words, 'out')), speaks: /time[d]?[ -]?out|ETIMEDOUT|ESOCKETTIMEDOUT|deadline|did not answer|within \d+ ?m?s|\b504\b|57014|aborted/i },
  { mechanism: 'pool-too-small', bad: 'lower', needs: (words) => has(words, 'pool', 'connections', 'conns', 'sockets', 'concurrency', 'workers', 'threads', 'slots', 'parallelism', 'inflight'), speaks: /pool|waiting|queue|busy|acquir|time[d]?[ -]?out|ETIMEDOUT|did not answer|connection is not available|\b50[34]\b/i },
  { mechanism: 'connections-exhausted', bad: 'higher', needs: (words) => has(words, 'pool', 'connections', 'conns'), speaks: /53300|too many (?:clients|connections)|connection slots/i },
  { mechanism: 'queue-too-short', bad: 'lower', needs: (words) => has(words, 'queue', 'backlog', 'buffer'), speaks: /queue|full|rejected|overflow/i },
  { mechanism: 'slow-consumer', bad: 'higher', needs: (words) => has(words, 'poll', 'polling', 'interval', 'delay', 'pause', 'sleep', 'period', 'backoff'), speaks: /backlog|waiting|behind|\blag\b/i },
  { mechanism: 'slow-consumer', bad: 'lower', needs: (words) => has(words, 'batch', 'chunk', 'prefetch'), speaks: /backlog|waiting|behind|\blag\b/i },
];

const lifetimeWords = ['ttl', 'expiry', 'expires', 'expiration', 'lifetime', 'seconds', 'minutes', 'age'];

/** `UPSTREAM_TIMEOUT_MS`, `upstreamTimeoutMs`, `upstream.timeout-ms` alike. */
function wordsIn(name: string): ReadonlySet<string> {
  return new Set(name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== ''));
}

function has(words: ReadonlySet<string>, ...wanted: readonly string[]): boolean {
  return wanted.some((word) => words.has(word));
}

const plain = (value: string | undefined): string | undefined => value?.trim().replace(/^"|"$/g, '');

function isSwitch(value: string | undefined): boolean {
  return value !== undefined && /^(?:on|off|true|false|yes|no|enabled|disabled)$/i.test(value);
}

function isPlace(value: string | undefined): boolean {
  return value !== undefined && hostsInValue(value).length > 0;
}

/** Undefined: not two amounts of one unit. */
function directionOf(before: string | undefined, after: string | undefined): 'lower' | 'higher' | undefined {
  const [was, is] = [amountOf(before), amountOf(after)];
  return was === undefined || is === undefined || was === is ? undefined : is < was ? 'lower' : 'higher';
}

const units: Record<string, number> = { '': 1, ms: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, k: 1000, ki: 1024, mi: 1024 ** 2, gi: 1024 ** 3 };

function amountOf(value: string | undefined): number | undefined {
  const [, amount, unit = ''] = /^(-?\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value ?? '') ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}
