/** Host names and ports in configuration values and error lines. */

export interface HostAndPort {
  host: string;
  port?: number;
}

/** A URL, `host:port`, or a list of these; empty for anything else. */
export function hostsInValue(value: string): HostAndPort[] {
  return value.split(/[,\s]+/).flatMap((part) => {
    const found = hostInPart(part);
    return found === undefined ? [] : [found];
  });
}

const defaultPorts: Record<string, number> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443, 'postgres:': 5432, 'postgresql:': 5432, 'redis:': 6379, 'rediss:': 6379, 'mysql:': 3306, 'amqp:': 5672 };

function hostInPart(part: string): HostAndPort | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(part)) {
    if (!URL.canParse(part)) return undefined;
    const url = new URL(part);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port);
    return plausible(host) ? { host, ...(port === undefined ? {} : { port }) } : undefined;
  }
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(\d{2,5})$/.exec(part);
  const port = Number(match?.[2]);
  return match?.[1] !== undefined && port > 0 && port < 65_536 && /[A-Za-z.]/.test(match[1]) && plausible(match[1]) ? { host: match[1], port } : undefined;
}

/** In lines such as `getaddrinfo ENOTFOUND name`, `connect ECONNREFUSED address:port`, `lookup name on ...: no such host`. */
export function hostsInError(line: string): HostAndPort[] {
  const found: HostAndPort[] = [];
  for (const pattern of errorPatterns) {
    for (const match of line.matchAll(pattern)) {
      const port = match[2] === undefined ? undefined : Number(match[2]);
      const host = (match[1] ?? '').replace(/[.,;:]+$/, '');
      if (plausible(host) && (port === undefined || port < 65_536)) found.push({ host, ...(port === undefined ? {} : { port }) });
    }
  }
  return found;
}

const errorPatterns = [
  /\b(?:ENOTFOUND|EAI_AGAIN)\s+([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?/g,
  /\b(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\s+([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5})/g,
  /\blookup ([A-Za-z0-9][A-Za-z0-9.-]*)(?: on [^:]*(?::(?:\d+))?)?: no such host/g,
  /\bUnknownHostException:\s+([A-Za-z0-9][A-Za-z0-9.-]*)/g,
  /\bhost not found in upstream "([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?"/g,
  /ConnectionPool\(host='([A-Za-z0-9][A-Za-z0-9.-]*)', port=(\d{1,5})\)/g,
  /\bcould not translate host name "([A-Za-z0-9][A-Za-z0-9.-]*)"/g,
  /\bdial tcp ([A-Za-z0-9][A-Za-z0-9.-]*):(\d{1,5}): /g,
];

function plausible(host: string): boolean {
  return host.length > 0 && host.length <= 253 && /^[A-Za-z0-9:]/.test(host) && !host.includes('..') && !host.includes('*');
}
