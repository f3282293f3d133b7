/** Paths on a configured service, and nothing beside it. */
import { z } from 'zod';
import type { ServiceTarget } from '../../config/targets.ts';

export const servicePath = z.string().max(500).regex(/^\/(?!\/)[\x21-\x7E]*$/, 'must begin with one / and hold printable ASCII without spaces');

/** Undefined when the path would leave the service's own address. */
export function urlBelow(base: string, path: string): URL | undefined {
  if (!URL.canParse(base)) return undefined;
  const root = new URL(base);
  const folder = root.pathname.replace(/\/+$/, '');
  if (!URL.canParse(`${root.origin}${folder}${path}`) || hasDotSegments(path)) return undefined;
  const url = new URL(`${root.origin}${folder}${path}`);
  url.hash = '';
  return isBelow(url, root) ? url : undefined;
}

/** Whether a URL that a server named is a path on one of the services. */
export function isOnService(url: URL, services: readonly Pick<ServiceTarget, 'url'>[]): boolean {
  return url.username === '' && url.password === '' && !hasDotSegments(url.pathname) && services.some((service) => URL.canParse(service.url) && isBelow(url, new URL(service.url)));
}

function isBelow(url: URL, root: URL): boolean {
  const folder = root.pathname.replace(/\/+$/, '');
  return url.origin === root.origin && url.pathname.startsWith(`${folder}/`);
}

function hasDotSegments(path: string): boolean {
  return /(?:^|\/)(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(path) || path.includes('\\');
}
