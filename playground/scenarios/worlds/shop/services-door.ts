/** Steady traffic to the shop and to what a scenario added, and what it saw. */
import { request } from 'node:http';
import { placeOf } from '../../../shop/install.ts';
import { measure } from '../../../shop/measurements.ts';
import { requestMix, shopServices } from '../../../shop/services.ts';
import { sendTraffic } from '../../../shop/traffic.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { DeclaredService, ServicesDoor } from '../../world.ts';

export interface MeasuredServices {
  door: ServicesDoor;
  add(service: DeclaredService): void;
  /** Where it answers now, from this machine. Throws when it has no address. */
  url(service: string): string;
  stop(): void;
}

/** Of each declared service's requests together: 1.4 a second. */
const declaredWeight = 1.5;
const callMilliseconds = 6_000;

export function measureServices(cluster: Pick<ShopCluster, 'client' | 'locate'>, namespace: string, latency: number): MeasuredServices {
  const places = new Map<string, { namespace: string; port: number }>(Object.keys(shopServices).map((name) => [name, { namespace, port: 8080 }]));
  const url = (service: string): string => {
    const place = places.get(service);
    if (!place) throw new Error(`${service} is not a service of the shop, nor declared.`);
    return `http://${placeOf(cluster, place.namespace, service, place.port)}`;
  };
  const facts = Object.entries(shopServices).map(([name, { dependsOn, latencyBudgetMilliseconds }]) => [name, { dependsOn, latencyBudgetMilliseconds: latencyBudgetMilliseconds * latency }] as const);
  const measurements = measure<string>(Object.fromEntries(facts));
  const traffic = sendTraffic<string>({ url, record: measurements.record }, requestMix);
  return {
    url,
    stop: traffic.stop,
    add: (service) => {
      if (places.has(service.name)) throw new Error(`The service ${service.name} is there already.`);
      places.set(service.name, { namespace: service.namespace ?? namespace, port: service.port });
      measurements.add(service.name, { dependsOn: service.dependsOn, latencyBudgetMilliseconds: service.latencyBudgetMilliseconds * latency });
      const asked = service.traffic ?? service.checks.map(({ path }) => ({ path }));
      traffic.add(asked.map((one) => ({ service: service.name, weight: declaredWeight / asked.length, request: () => one })));
    },
    door: {
      names: () => [...places.keys()],
      figures: () => measurements.figures(),
      call: async (service, path, options) => {
        const begun = performance.now();
        const answer = await ask(() => `${url(service)}${path}`, options ?? {}).catch((error: unknown) => ({ status: 0, text: error instanceof Error ? error.message : String(error) }));
        return { ...answer, milliseconds: performance.now() - begun };
      },
    },
  };
}

/** By a connection of its own. */
async function ask(url: () => string, { body, timeoutMilliseconds = callMilliseconds }: { body?: unknown; timeoutMilliseconds?: number }): Promise<{ status: number; text: string }> {
  const place = url();
  return new Promise((resolve, reject) => {
    const sent = request(place, {
      method: body === undefined ? 'GET' : 'POST', agent: false, signal: AbortSignal.timeout(timeoutMilliseconds),
      headers: { connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    sent.on('error', (error) => reject(error.name === 'AbortError' || error.name === 'TimeoutError' ? new Error(`no answer within ${timeoutMilliseconds} ms`) : error));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
