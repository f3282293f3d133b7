/** How a resolver library turns a name into the names that it asks for: resolv.conf(5). Pure. */

export interface SearchPath {
  domains: readonly string[];
  /** With fewer dots the domains come first. */
  ndots: number;
}

/** Fully qualified, without the final dot, in the order that they are asked for; the first that has an answer counts. */
export function candidates(name: string, { domains, ndots }: SearchPath): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain.replace(/^\.|\.$/g, '')}`);
  const dots = name.split('.').length - 1;
  return [...new Set(dots >= ndots ? [name, ...searched] : [...searched, name])];
}

/** What the kubelet writes for a pod with dnsPolicy ClusterFirst. */
export function podSearchPath(namespace: string, clusterDomain: string): SearchPath {
  return { domains: [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain], ndots: 5 };
}

/** Never throws; what is not understood is left out. */
export function parseResolvConf(text: string): SearchPath & { nameservers: string[] } {
  const found = { nameservers: [] as string[], domains: [] as string[], ndots: 1 };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.replace(/[#;].*$/, '').trim().split(/\s+/);
    if (word === 'nameserver' && rest[0] !== undefined) found.nameservers.push(rest[0]);
    // The last of them counts.
    if (word === 'search' || word === 'domain') found.domains = rest.filter((domain) => domain !== '.');
    if (word === 'options') for (const option of rest) found.ndots = Math.min(15, Number(/^ndots:(\d+)$/.exec(option)?.[1] ?? found.ndots));
  }
  return found;
}
