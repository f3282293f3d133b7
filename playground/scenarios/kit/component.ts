/** A component of a scenario's own: the manifests that a team would keep of it, and what agents are told of it. */
import { stringify } from 'yaml';
import type { Plan } from '../../shop/programs/component/plan.ts';
import { shopServices } from '../../shop/services.ts';

export interface ComponentSettings {
  name: string;
  /** The shop's when absent. */
  namespace?: string;
  plan: Plan;
  /** Of registry.shop.local/component; see playground/shop/images.ts. 1.0.0 when absent. */
  tag?: string;
  /** In the Deployment itself. */
  environment?: Record<string, string>;
  /** In a ConfigMap `<name>-config` beside it. */
  configuration?: Record<string, string>;
  /** Names of ConfigMaps read as environment, before its own. */
  sharedConfiguration?: readonly string[];
  /** Variable -> key of a Secret. */
  secrets?: Record<string, { secret: string; key: string }>;
  /** A file of flags, in a ConfigMap `<name>-flags`; read again when it changes. */
  flags?: Record<string, string>;
  /** Asks the database orders-db, as this role of the shop (`catalog`, `checkout`, `payments`, `cart`, `notifier`). */
  database?: { role: string; poolSize: number };
  /** Who may call it, by name, where policies deny the rest; anybody when absent. */
  calledBy?: readonly string[];
  /** Whom it calls, each behind its variable: services of the shop (whose policies then let it in) and other components. */
  upstreams?: readonly string[];
  port?: number;
  replicas?: number;
  /** The rolling update of a Deployment when absent. */
  strategy?: 'Recreate' | 'RollingUpdate';
  memory?: { request: string; limit: string };
  /** Label app.kubernetes.io/part-of. */
  partOf?: string;
  /** Merged over the container: probes, args and the like. */
  container?: Record<string, unknown>;
}

/** The variable that holds an upstream's address. */
export const urlVariable = (upstream: string): string => `${upstream.toUpperCase().replaceAll('-', '_')}_URL`;

/** YAML for `world.cluster.apply`: ConfigMaps, Deployment, Service and network policies. */
export function component(settings: ComponentSettings): string {
  const { name, configuration, flags, upstreams = [], partOf = 'shop', namespace, tag = '1.0.0' } = settings;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'backend', 'app.kubernetes.io/part-of': partOf, 'app.kubernetes.io/version': tag };
  const metadata = (object: string, annotations?: Record<string, string>): object => ({ name: object, ...(namespace === undefined ? {} : { namespace }), labels, ...(annotations ? { annotations } : {}) });
  const configMap = (suffix: string, data: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(`${name}-${suffix}`), data });
  const policy = (object: string, selects: string, from: readonly string[] | undefined, port: number): object => ({
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata(object),
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': selects } }, policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port, protocol: 'TCP' }], ...(from === undefined ? {} : { from: from.map((caller) => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': caller } } })) }) }],
    },
  });
  return [
    configMap('plan', { 'plan.json': `${JSON.stringify(settings.plan, null, 2)}\n` }),
    ...(configuration ? [configMap('config', configuration)] : []),
    ...(flags ? [configMap('flags', { 'flags.json': `${JSON.stringify(flags, null, 2)}\n` })] : []),
    {
      apiVersion: 'v1', kind: 'Service', metadata: metadata(name),
      spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ name: 'http', port: settings.port ?? 8080, targetPort: 'http' }] },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name, { 'kubernetes.io/change-cause': `release ${tag}` }), spec: deploymentSpec(settings, labels) },
    policy(name, name, settings.calledBy, 8080),
    ...upstreams.filter((called) => called in shopServices || called === 'inventory').map((called) => policy(`${called}-from-${name}`, called, [name], 8080)),
    ...(settings.database ? [policy(`orders-db-from-${name}`, 'orders-db', [name], 5432)] : []),
  ].map((object) => stringify(object)).join('---\n');
}

function deploymentSpec(settings: ComponentSettings, labels: Record<string, string>): object {
  const { name, configuration, flags, database, upstreams = [], replicas = 1, strategy = 'RollingUpdate', tag = '1.0.0', memory = { request: '64Mi', limit: '192Mi' } } = settings;
  const probe = (path: string, periodSeconds: number, failureThreshold: number): object => ({ httpGet: { path, port: 'http' }, periodSeconds, timeoutSeconds: 2, failureThreshold });
  const fromConfigMaps = ['shop-common', ...(database ? ['orders-db-client'] : [])].filter(() => settings.namespace === undefined).concat(settings.sharedConfiguration ?? [], configuration ? [`${name}-config`] : []);
  const plain = {
    SERVICE_NAME: name, PLAN_FILE: '/etc/component/plan.json',
    ...(flags ? { FLAGS_FILE: '/etc/component-flags/flags.json' } : {}),
    ...(database ? { DB_USER: `${database.role}_service`, ...(configuration?.['DB_POOL_SIZE'] === undefined ? { DB_POOL_SIZE: String(database.poolSize) } : {}) } : {}),
    ...Object.fromEntries(upstreams.map((called) => [urlVariable(called), `http://${called}:8080`])),
    ...settings.environment,
  };
  const secrets = { ...(database ? { DB_PASSWORD: { secret: 'orders-db-credentials', key: `${database.role}-password` } } : {}), ...settings.secrets };
  return {
    replicas, revisionHistoryLimit: 5, progressDeadlineSeconds: 120, strategy: { type: strategy },
    selector: { matchLabels: { 'app.kubernetes.io/name': name } },
    template: {
      metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080', 'prometheus.io/path': '/metrics' } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 15,
        containers: [{
          name,
          image: `registry.shop.local/component:${tag}`,
          imagePullPolicy: 'IfNotPresent',
          ports: [{ name: 'http', containerPort: 8080 }],
          ...(fromConfigMaps.length > 0 ? { envFrom: fromConfigMaps.map((map) => ({ configMapRef: { name: map } })) } : {}),
          env: [
            ...Object.entries(plain).map(([variable, value]) => ({ name: variable, value })),
            ...Object.entries(secrets).map(([variable, { secret, key }]) => ({ name: variable, valueFrom: { secretKeyRef: { name: secret, key } } })),
          ],
          resources: { requests: { cpu: '20m', memory: memory.request }, limits: { cpu: '500m', memory: memory.limit } },
          startupProbe: probe('/readyz', 1, 90),
          readinessProbe: probe('/readyz', 10, 2),
          livenessProbe: probe('/healthz', 10, 3),
          volumeMounts: [{ name: 'plan', mountPath: '/etc/component', readOnly: true }, ...(flags ? [{ name: 'flags', mountPath: '/etc/component-flags', readOnly: true }] : [])],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          ...settings.container,
        }],
        volumes: [{ name: 'plan', configMap: { name: `${name}-plan` } }, ...(flags ? [{ name: 'flags', configMap: { name: `${name}-flags` } }] : [])],
      },
    },
  };
}
