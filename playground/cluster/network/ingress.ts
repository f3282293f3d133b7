/** Ingresses: one HTTP server for the cluster that routes by host and path to services. */
import http from 'node:http';
import type { ClusterClient } from '../client.ts';
import type { ObjectOf } from '../objects/object.ts';
import { ingressPort } from './addresses.ts';
import type { Relocation } from './relocation.ts';

type Ingress = ObjectOf<'ingresses.networking.k8s.io'>;

interface Route {
  host: string;
  path: string;
  exact: boolean;
  namespace: string;
  service: string;
  port: { name?: string; number?: number };
}

export interface IngressServer {
  stop(): Promise<void>;
}

const upstreamMilliseconds = 60_000;

/** What an IngressClass names to be served here. */
export const ingressController = 'k8s.io/ingress-nginx';

/** Listens on `ingressAddress`, port ingressPort. */
export async function startIngress(client: ClusterClient, relocation: Relocation, ingressAddress: string, log: (line: string) => void): Promise<IngressServer> {
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const route = findRoute(client.list('ingresses.networking.k8s.io').filter((ingress) => isServed(client, ingress)).flatMap(routesOf), request.headers.host ?? '', request.url ?? '/');
    if (route === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('default backend - 404\n');
    const place = placeOf(client, route);
    if (place === undefined) return void response.writeHead(503, { 'content-type': 'text/plain' }).end('Service Temporarily Unavailable\n');
    const { address, port } = relocation.locate(place.address, place.port);
    const upstream = http.request({
      agent, host: address, port, method: request.method, path: request.url, timeout: upstreamMilliseconds,
      headers: { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-host': request.headers.host ?? '', 'x-forwarded-proto': 'http' },
    });
    const fail = (status: number, text: string): void => {
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    };
    upstream.once('timeout', () => {
      fail(504, 'Gateway Time-out\n');
      upstream.destroy();
    });
    upstream.once('error', () => fail(502, 'Bad Gateway\n'));
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  const moves = relocation.needed(ingressPort);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: relocation.bindAddress(ingressAddress), port: moves ? 0 : ingressPort }, resolve);
  });
  const bound = server.address();
  if (moves && typeof bound === 'object' && bound !== null) relocation.record(ingressAddress, ingressPort, bound.port);

  const publish = (ingress: Ingress): void => {
    if (!isServed(client, ingress) || ingress.status?.loadBalancer?.ingress?.[0]?.ip === ingressAddress) return;
    try {
      client.modify('ingresses.networking.k8s.io', ingress.metadata.namespace, ingress.metadata.name, (copy) => { copy.status = { loadBalancer: { ingress: [{ ip: ingressAddress }] } }; }, 'status');
    } catch (error) {
      log(`ingress: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const end = client.watch('ingresses.networking.k8s.io', { added: publish, modified: publish });
  return {
    stop: async () => {
      end();
      agent.destroy();
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Without a class, or with one of this controller. */
export function isServed(client: ClusterClient, { spec }: Ingress): boolean {
  return spec?.ingressClassName === undefined || client.get('ingressclasses.networking.k8s.io', undefined, spec.ingressClassName)?.spec?.controller === ingressController;
}

export function routesOf({ metadata, spec }: Ingress): Route[] {
  const to = (backend: NonNullable<NonNullable<Ingress['spec']>['defaultBackend']>, host: string, path: string, exact: boolean): Route[] =>
    backend.service === undefined ? [] : [{ host, path, exact, namespace: metadata.namespace ?? '', service: backend.service.name, port: backend.service.port ?? {} }];
  return [
    ...(spec?.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).flatMap((path) => to(path.backend, rule.host ?? '', path.path ?? '/', path.pathType === 'Exact'))),
    ...(spec?.defaultBackend === undefined ? [] : to(spec.defaultBackend, '', '/', false)),
  ];
}

/** The named host before any, the longest path first. */
export function findRoute(routes: readonly Route[], hostHeader: string, url: string): Route | undefined {
  const host = hostHeader.replace(/:\d+$/, '').toLowerCase();
  const path = url.split('?')[0] ?? '/';
  const fits = (route: Route): boolean => {
    const wildcard = route.host.startsWith('*.') && host.endsWith(route.host.slice(1)) && !host.slice(0, -route.host.length + 1).includes('.');
    if (route.host !== '' && route.host !== host && !wildcard) return false;
    if (route.exact) return path === route.path;
    const prefix = route.path.replace(/\/$/, '');
    return path === prefix || path.startsWith(`${prefix}/`);
  };
  return routes.filter(fits).toSorted((left, right) => Number(right.host !== '') - Number(left.host !== '') || right.path.length - left.path.length)[0];
}

/** Undefined: no such service or port, or nothing behind it. */
function placeOf(client: ClusterClient, route: Route): { address: string; port: number } | undefined {
  const service = client.get('services', route.namespace, route.service);
  const port = service?.spec?.ports?.find((candidate) => (route.port.name === undefined ? candidate.port === route.port.number : candidate.name === route.port.name));
  const address = service?.spec?.clusterIP;
  if (port === undefined || address === undefined || address === 'None' || address === '') return undefined;
  const slices = client.list('endpointslices.discovery.k8s.io', { namespace: route.namespace, labels: { 'kubernetes.io/service-name': route.service } });
  return slices.some((slice) => (slice.endpoints ?? []).some(({ conditions }) => conditions?.ready !== false)) ? { address, port: port.port } : undefined;
}
