/** Ingresses that send to a Service, or a port of one, that is not there. */
import type { FindingBody } from '../../incident/types.ts';
import type { IngressBackend } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { isNear } from './labels.ts';
import { isMissing, namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

export const ingresses = namespaceRule('ingress-backend', (scope) => (isMissing(scope, 'services') ? [] : scope.namespace.ingresses.value.flatMap((backend) => describe(scope, backend))));

function describe(scope: Scope, backend: IngressBackend): FindingBody[] {
  const { services, ingresses: { evidence } } = scope.namespace;
  const service = services.value.find((one) => one.name === backend.service);
  const fits = service?.ports.some((one) => one.port === backend.port || one.name === backend.port) ?? false;
  if (service !== undefined && (fits || service.type === 'ExternalName')) return [];
  const near = services.value.filter((one) => isNear(one.name, backend.service));
  const way = `${backend.host}${backend.path}`;
  return [{
    severity: 'critical',
    resource: resourceOf(scope, 'ingress', backend.ingress),
    mechanism: service === undefined ? 'ingress-service-missing' : 'ingress-port-missing',
    title: `Ingress ${backend.ingress} sends ${way} to ${service === undefined ? `Service ${backend.service}, which does not exist` : `port ${backend.port} of Service ${backend.service}, which has ${service.ports.map((one) => one.port).join(', ')}`}`,
    explanation: `Whoever comes that way gets an error (503, or 404 from the controller's default). ${service !== undefined ? '' : near.length === 0 ? 'No Service has a name that is almost the same.' : `There is ${near.slice(0, 2).map((one) => one.name).join(' and ')}, which is almost the same name.`}`.trim(),
    confidence: 0.92,
    quotes: [...quoteLine(evidence, `ingress ${backend.ingress}: ${way} -> service ${backend.service}:${backend.port}`), ...(service === undefined ? [] : quoteLine(evidence, `service ${service.name}:`))],
  }];
}
