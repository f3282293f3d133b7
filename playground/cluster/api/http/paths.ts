/** Paths that are no resources: discovery, version, health. */
import { aggregatedDiscovery, aggregatedType, wantsAggregated } from '../discovery/aggregated.ts';
import { legacyDiscovery } from '../discovery/legacy.ts';
import type { ResourceRegistry } from '../../resources/resource.ts';
import { sendJson, sendText } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { flag } from './exchange.ts';
import type { PathHandler } from './handler.ts';

const version = {
  major: '1', minor: '36', emulationMajor: '1', emulationMinor: '36', minCompatibilityMajor: '1', minCompatibilityMinor: '35', gitVersion: 'v1.36.2', gitCommit: '',
  gitTreeState: '', buildDate: '1970-01-01T00:00:00Z', goVersion: 'go1.26.10', compiler: 'gc', platform: 'linux/amd64',
};

export function discoveryPaths(registry: ResourceRegistry): PathHandler {
  return (exchange) => {
    const { path, request, response } = exchange;
    const root = path.replace(/\/$/, '');
    if ((root === '/api' || root === '/apis') && wantsAggregated(request.headers.accept)) {
      const { text, etag } = aggregatedDiscovery(registry, root === '/api');
      response.setHeader('etag', etag);
      response.setHeader('vary', 'Accept');
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else sendText(exchange, 200, text, aggregatedType);
      return true;
    }
    const answer = legacyDiscovery(path, registry, request.headers.host ?? '');
    if (answer === undefined) return false;
    sendJson(exchange, 200, answer);
    return true;
  };
}

const checks = ['ping', 'log', 'etcd', 'informer-sync', 'poststarthook/start-apiextensions-controllers', 'poststarthook/rbac/bootstrap-roles', 'poststarthook/bootstrap-controller', 'shutdown'];

export const statusPaths: PathHandler = (exchange) => {
  const path = exchange.path.replace(/\/$/, '');
  const [, root = ''] = path.split('/');
  if (path === '/version') sendText(exchange, 200, `${JSON.stringify(version, null, 2)}`, 'application/json');
  else if (root === 'healthz' || root === 'livez' || root === 'readyz') answerHealth(exchange, root);
  else if (path === '') sendJson(exchange, 200, { paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v3', '/readyz', '/version'] });
  else return false;
  return true;
};

function answerHealth(exchange: Exchange, root: string): void {
  const verbose = `${checks.map((check) => `[+]${check} ok\n`).join('')}${root} check passed\n`;
  sendText(exchange, 200, flag(exchange.query, 'verbose') ? verbose : 'ok', 'text/plain; charset=utf-8');
}
