/** Redaction by what text looks like. Every rule replaces the secret alone and leaves the words around it. */
import { isSecretName, isSecretVariable } from './secret-names.ts';
import { hideEncoded, hideEnclosed, hideValuesBelow } from './spread.ts';

/** Applying it twice gives the same as once. */
export function redactPatterns(text: string, placeholder: string): string {
  return hideEncoded(redactPlain(text, placeholder), placeholder, (decoded) => redactPlain(decoded, placeholder));
}

function redactPlain(text: string, placeholder: string): string {
  let result = hideEnclosed(hideValuesBelow(hideSecretManifests(text, placeholder), placeholder), placeholder);
  for (const rule of rules) result = rule(result, placeholder);
  return result;
}

type Rule = (text: string, placeholder: string) => string;

/** Private keys, also when the beginning or the end was cut off, and with \n written out. */
const privateKeys: Rule = (text, placeholder) => {
  if (!text.includes('PRIVATE KEY')) return text;
  const whole = text
    .replace(/-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY( BLOCK)?-----[\s\S]*?-----END [A-Z0-9 ]{0,30}PRIVATE KEY( BLOCK)?-----/g, placeholder)
    .replace(/-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY( BLOCK)?-----(?:[A-Za-z0-9+/=\s]|\\[nr])*/g, `${placeholder}\n`);
  let result = '';
  let at = 0;
  for (const end of whole.matchAll(/-----END [A-Z0-9 ]{0,30}PRIVATE KEY( BLOCK)?-----/g)) {
    // Backwards over the base64 in front of an end without a beginning.
    let start = end.index;
    while (start > at && /[A-Za-z0-9+/=\s\\]/.test(whole.charAt(start - 1))) start -= 1;
    result += `${whole.slice(at, start)}${placeholder}`;
    at = end.index + end[0].length;
  }
  return result + whole.slice(at);
};

/** Tokens whose form names their vendor; no word boundary in front, since text runs together in logs. */
const vendorTokens: Rule = (text, placeholder) => text.replace(vendorPattern, placeholder);
const vendorPattern = new RegExp([
  'xox[abeoprs]-[A-Za-z0-9-]{8,}', 'xapp-[0-9A-Za-z-]{10,}', 'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]+',
  'gh[oprsu]_[A-Za-z0-9]{20,}', 'github_pat_[A-Za-z0-9_]{20,}', 'gl(?:pat|ptt|rt|dt|soat|cbt)-[A-Za-z0-9_.-]{16,}',
  '(?:AKIA|ASIA)[A-Z0-9]{16}', 'sk-[A-Za-z0-9_-]{20,}', '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}', 'whsec_[A-Za-z0-9+/=]{16,}',
  'AIza[A-Za-z0-9_-]{35}', 'ya29\\.[A-Za-z0-9_-]{20,}', 'GOCSPX-[A-Za-z0-9_-]{20,}', 'npm_[A-Za-z0-9]{30,}', 'pypi-[A-Za-z0-9_-]{30,}', 'dop_v1_[a-f0-9]{60,}',
  'hv[sbr]\\.[A-Za-z0-9_-]{20,}', 'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}', 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}', 'dapi[a-f0-9]{32}', 'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
  'eyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{5,}(?:\\.[A-Za-z0-9_-]*)?',
].join('|'), 'g');

/** user:password@ and, for http, token@. The password may hold @ and, where a database's URL is meant, a slash. */
const urlCredentials: Rule = (text, placeholder) => text
  .replace(/\b((?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|kafka|nats|ldaps?|smtps?|clickhouse|jdbc:[a-z]+):\/\/[^\s:/@"'`<>]*:)((?:(?!:\/\/)[^\s"'`<>])+)@/gi, `$1${placeholder}@`)
  .replace(/\b([a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#@"'`<>]*:)([^\s/?#"'`<>]+)@/gi, `$1${placeholder}@`)
  .replace(/\b(https?:\/\/)([^\s:/?#@"'`<>]+)@/gi, `$1${placeholder}@`)
  .replace(/([?&;](?:[a-z0-9_.-]{0,40}(?:sig|signature|token|secret|password|passwd|api_?key|access_?key|credential|auth|code)[a-z0-9_.-]{0,40})=)[^\s&"'`<>#;]+/gi, `$1${placeholder}`);

/** Authorization and cookie headers; Bearer and Basic wherever they stand. */
const credentials: Rule = (text, placeholder) => text
  .replace(/((?:proxy-)?authorization["']?\s*[:=]\s*["']?)(?:([A-Za-z][A-Za-z0-9-]{1,20})[ \t]+)?[^\s"'\\]+(?:,[ \t]*\w+="?[^\s"']+"?)*/gi, (_whole, head: string, scheme: string | undefined) => `${head}${scheme === undefined ? '' : `${scheme} `}${placeholder}`)
  .replace(/\b((?:set-)?cookie["']?[ \t]*:[ \t]*["']?)[^\n"']+/gi, `$1${placeholder}`)
  .replace(/\b(bearer[ \t]+)([A-Za-z0-9._~+/=-]{8,})/gi, (whole, head: string, token: string) => (/[0-9]/.test(token) || /[a-z][A-Z]|[A-Z][a-z]+[A-Z]/.test(token) || token.length >= 20 ? `${head}${placeholder}` : whole))
  .replace(/\b(basic[ \t]+)([A-Za-z0-9+/]{6,}={0,2})/gi, (whole, head: string, token: string) => (/^[\x20-\x7E]*:[\x20-\x7E]*$/.test(Buffer.from(token, 'base64').toString('latin1')) ? `${head}${placeholder}` : whole));

/** `PASSWORD 'x'` and `IDENTIFIED BY 'x'` in SQL; --password x, -u user:x on command lines. */
const commands: Rule = (text, placeholder) => text
  .replace(/\b((?:password|identified\s+by(?:\s+password)?)\s+(?:E|U&)?)'(?:[^'\\]|''|\\.)*'/gi, `$1'${placeholder}'`)
  .replace(/(^|\s)(--?[A-Za-z][A-Za-z0-9-]{0,60})([ \t]+)("[^"\n]*"|'[^'\n]*'|[^\s-]\S*)/g, (whole, before: string, flag: string, gap: string) => (isSecretName(flag) ? `${before}${flag}${gap}${placeholder}` : whole))
  .replace(/(\s(?:-u|--user)[ \t=]+["']?[^\s:"']+:)[^\s"']+/g, `$1${placeholder}`);

/** A line that is `name: value` as in YAML, a header or a table: the value reaches to the end of the line. */
const lines: Rule = (text, placeholder) => text.replace(/^([ \t]*(?:- )?["']?)([A-Za-z][A-Za-z0-9_.-]{0,80})(["']?[ \t]*:[ \t]+)(\S[^\n]*)$/gm, (whole, before: string, name: string, between: string, value: string) => {
  if (!isNameOfSecret(name) || isPlain(value) || /^[[{|>]/.test(value)) return whole;
  const quote = /^["']/.exec(value)?.[0] ?? '';
  return `${before}${name}${between}${quote}${placeholder}${quote}`;
});

/** `name=value`, `name: value`, `'name' => 'value'`, anywhere in a line. */
const assignments: Rule = (text, placeholder) => {
  let result = '';
  let at = 0;
  for (const head of text.matchAll(/(?<![A-Za-z0-9_.])([A-Za-z_][A-Za-z0-9_.-]{0,80})\\?["']?[ \t]*(?:=>|:=|=|:)[ \t]*/g)) {
    const start = head.index + head[0].length;
    if (head.index < at || !isNameOfSecret(head[1] ?? '') || namesComponent(text, head.index, head[1] ?? '')) continue;
    assignedValue.lastIndex = start;
    const value = assignedValue.exec(text)?.[0];
    if (value === undefined || isPlain(value)) continue;
    const quote = /^\\?["']/.exec(value)?.[0];
    const secret = quote === undefined ? unquotedSecret(value, placeholder) : value;
    if (secret === '' || value.length === 2 * (quote?.length ?? 0)) continue;
    result += `${text.slice(at, start)}${quote ?? ''}${placeholder}${quote ?? ''}`;
    at = start + secret.length;
  }
  return result + text.slice(at);
};
const assignedValue = /\\"(?:[^"\\\n]|\\[^"\n])*\\"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.|'')*'|[^\s"'][^\s"]*/y;

/** Everything but closing punctuation, and up to the next `;name=` of a connection string or `&name=` of a query. */
function unquotedSecret(value: string, placeholder: string): string {
  const hidden = value.startsWith(placeholder) ? placeholder.length : 0;
  const rest = value.slice(hidden).replace(/[;&,][A-Za-z_][\w .-]{0,40}=[\s\S]*$/, '').replace(/["',;)\]}\\]+$/, '');
  return rest === '' ? '' : value.slice(0, hidden + rest.length);
}

const rules: readonly Rule[] = [privateKeys, vendorTokens, urlCredentials, credentials, commands, lines, assignments];

function isNameOfSecret(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? isSecretVariable(name) : isSecretName(name);
}

/** `service token-cache: ClusterIP` and `token-cache:8080`: what deals with secrets is none. Only with a last word that says so. */
function namesComponent(text: string, at: number, name: string): boolean {
  const own = (name.split('.')[0] ?? '').replace(podSuffix, '');
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(own) || !components.has(own.split('-').at(-1) ?? '')) return false;
  return /^:\d{1,5}(?![\w.-])/.test(text.slice(at + name.length, at + name.length + 7)) || kindBefore.test(text.slice(Math.max(0, at - 24), at));
}

const components = new Set(['cache', 'service', 'svc', 'server', 'store', 'api', 'issuer', 'manager', 'controller', 'gateway', 'proxy', 'worker', 'operator', 'broker', 'validator', 'verifier', 'exchange', 'cleaner', 'rotator', 'backend', 'frontend', 'db', 'redis']);
const podSuffix = /-(?:[bcdfghjklmnpqrstvwxz2456789]{5,10}-[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,3})$/;
const kindBefore = /(?:^|[\s(,;])(?:service|deployment|statefulset|daemonset|replicaset|pod|job|cronjob|configmap|ingress|networkpolicy|endpointslice|autoscaler|budget|container|release|workload)[ /]$/i;

/** Words that stand where a secret could: prose, references, emptiness, what was hidden before, URLs (their credentials are hidden already). */
function isPlain(value: string): boolean {
  return /^\\?["']?(?:\[redacted\]\W*$|<(?:set|none|unset|nil|empty|redacted)|\$\{?[A-Za-z_(]|\*{3,}["',;)\]}\s]*$|(?:null|nil|none|true|false|undefined|empty|missing|required|invalid|expired|unexpected|expected|unknown|not|is|was|must|cannot|has|authentication|failed|denied|rejected|rotated|mismatch|verification|error|no)(?=$|["',;:)\]}\s\\]))/i.test(value) || /^["']?[a-z][a-z0-9+.:-]*:\/\/(?:[^\s@]*@)?[\w.-]/i.test(value);
}

/** YAML manifests of kind Secret: every value under data and stringData. */
function hideSecretManifests(text: string, placeholder: string): string {
  if (!/kind:\s*["']?Secret/.test(text)) return text;
  return text.split(/^(?=---)/m).map((document) => (/^[ \t]*(?:- )?kind:[ \t]*["']?Secret(?:List)?["']?[ \t]*$/m.test(document) ? hideData(document, placeholder) : document)).join('');
}

function hideData(document: string, placeholder: string): string {
  let block: number | undefined;
  return document.split('\n').map((line) => {
    const indent = line.search(/\S/);
    if (indent === -1) return line;
    if (block !== undefined && indent > block) {
      const entry = /^(\s*["']?[\w.-]+["']?:)(\s*)(.*)$/.exec(line);
      if (entry === null) return `${line.slice(0, indent)}${placeholder}`;
      return entry[3] === '' ? line : `${entry[1]} ${placeholder}`;
    }
    const opening = /^(\s*(?:- )?)(data|stringData):\s*(.*)$/.exec(line);
    block = opening === null ? undefined : indent;
    return opening === null || opening[3] === '' || opening[3] === '{}' ? line : `${opening[1]}${opening[2]}: ${placeholder}`;
  }).join('\n');
}
