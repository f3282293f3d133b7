/** A request and the redirects after it, each to a configured service only. */
import type { ServiceTarget } from '../../config/targets.ts';
import { RequestRefusedError, hostOf } from './allowed-url.ts';
import type { ProbeOptions, ProbeResult } from './request.ts';
import { probe } from './request.ts';
import { isOnService } from './service-url.ts';

export interface Hop {
  url: string;
  result: ProbeResult;
  /** Where it pointed, and why that was not requested. */
  stopped?: string;
}

export type FollowOptions = Omit<ProbeOptions, 'allowedHosts'> & {
  services: readonly Pick<ServiceTarget, 'url'>[];
  /** 0: redirects are shown, not followed. */
  mostRedirects: number;
};

/** At least one hop. No cookie, header or body goes along. Throws RequestRefusedError as `probe` does. */
export async function follow(first: URL, { services, mostRedirects, ...options }: FollowOptions): Promise<Hop[]> {
  const hops: Hop[] = [];
  let url: URL | undefined = first;
  while (url !== undefined) {
    const from = hops.at(-1);
    let result: ProbeResult;
    try {
      result = await probe(url.href, { ...options, allowedHosts: [hostOf(url)] });
    } catch (error) {
      if (from === undefined || !(error instanceof RequestRefusedError)) throw error;
      from.stopped = `redirects to ${url.origin}${url.pathname}, which was not requested: ${error.message}`;
      return hops;
    }
    const hop: Hop = { url: url.href, result };
    hops.push(hop);
    const next = nextUrl(hop);
    if (next === undefined || mostRedirects === 0) return hops;
    hop.stopped = whyNot(next, hops, services, mostRedirects);
    url = hop.stopped === undefined ? next : undefined;
  }
  return hops;
}

function nextUrl({ url, result: { status = 0, headers } }: Hop): URL | undefined {
  const location = headers['location'];
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || !URL.canParse(location, url)) return undefined;
  const next = new URL(location, url);
  next.hash = '';
  return next;
}

function whyNot(next: URL, hops: readonly Hop[], services: FollowOptions['services'], most: number): string | undefined {
  const where = `${next.origin}${next.pathname}`.slice(0, 300);
  if (hops.some(({ url }) => url === next.href)) return `redirects back to ${where}: a loop`;
  if (hops.length > most) return `redirects on to ${where}; no more than ${most} redirects are followed`;
  return isOnService(next, services) ? undefined : `redirects to ${where}, which is on no configured service, so it was not requested`;
}
