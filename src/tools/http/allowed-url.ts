import { BlockList, isIP } from 'node:net';
import type { Targets } from '../../config/targets.ts';

/** A request that policy forbids; nothing was sent. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  readonly code = 'REQUEST_REFUSED';
}

/** Parses and checks; throws RequestRefusedError. `allowedHosts` are `host:port`, as `hostOf` writes them. */
export function parseAllowedUrl(text: string, allowedHosts: readonly string[]): URL {
  if (!URL.canParse(text)) throw new RequestRefusedError(`not a URL: ${JSON.stringify(text.slice(0, 200))}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new RequestRefusedError(`only http and https are probed, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') throw new RequestRefusedError('a URL with a user name or password in it is not requested; put a token in the configuration');
  const host = hostOf(url);
  if (!allowedHosts.includes(host)) throw new RequestRefusedError(`${host} is not a configured target; configured: ${allowedHosts.join(', ') || 'none'}`);
  assertAddressAllowed(bareHost(url));
  return url;
}

/** `host:port`, with the scheme's default port written out. */
export function hostOf(url: URL): string {
  return `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`;
}

/** Hosts that configuration names: services, their status documents, and operations. */
export function allowedHostsOf(targets: Pick<Targets, 'services' | 'operations'>): string[] {
  const urls = [
    ...targets.services.flatMap((service) => [service.url, ...(service.status === undefined ? [] : [service.status])]),
    ...targets.operations.flatMap((operation) => [operation.read.url, operation.change.url]),
  ];
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => hostOf(new URL(url))))].sort();
}

/** Cloud metadata, link-local, unspecified, multicast: never a target, whatever configuration or DNS says. Names pass; their addresses are checked when resolved. */
export function assertAddressAllowed(host: string): void {
  const family = isIP(host);
  const denied = family === 0 ? deniedNames.has(host.toLowerCase().replace(/\.$/, '')) : deniedAddresses.check(host, family === 4 ? 'ipv4' : 'ipv6');
  if (denied) throw new RequestRefusedError(`${host} is a metadata, link-local, unspecified or multicast address; it is never contacted`);
}

/** The host without the brackets of an IPv6 literal. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

const deniedNames = new Set(['metadata.google.internal', 'metadata.goog', 'metadata', 'instance-data', 'instance-data.ec2.internal']);

const deniedAddresses = new BlockList();
deniedAddresses.addSubnet('0.0.0.0', 8, 'ipv4');
deniedAddresses.addSubnet('169.254.0.0', 16, 'ipv4');
deniedAddresses.addSubnet('224.0.0.0', 3, 'ipv4');
deniedAddresses.addAddress('168.63.129.16', 'ipv4');
deniedAddresses.addAddress('100.100.100.200', 'ipv4');
deniedAddresses.addAddress('192.0.0.192', 'ipv4');
deniedAddresses.addAddress('::', 'ipv6');
deniedAddresses.addAddress('fd00:ec2::254', 'ipv6');
deniedAddresses.addAddress('fd20:ce::254', 'ipv6');
deniedAddresses.addSubnet('fe80::', 10, 'ipv6');
deniedAddresses.addSubnet('ff00::', 8, 'ipv6');
deniedAddresses.addSubnet('64:ff9b::', 96, 'ipv6');
