/** Any of the endpoints, evenly; the same one again for a client of a sticky service. */
import type { Backend, ServicePort } from './service-ports.ts';

export interface Chooser {
  choose(port: ServicePort, client: string): Backend | undefined;
}

export function createChooser(random: () => number = Math.random): Chooser {
  const kept = new Map<string, { backend: Backend; until: number }>();
  return {
    choose: ({ backends, stickyMilliseconds }, client) => {
      const any = backends[Math.floor(random() * backends.length)];
      if (stickyMilliseconds === 0 || any === undefined) return any;
      const before = kept.get(client);
      const still = before !== undefined && before.until > Date.now() && backends.some(({ address, port }) => address === before.backend.address && port === before.backend.port);
      const backend = still ? before.backend : any;
      if (kept.size > 10_000) kept.clear();
      kept.set(client, { backend, until: Date.now() + stickyMilliseconds });
      return backend;
    },
  };
}
