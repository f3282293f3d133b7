/** What is around the programs: services, policies, quotas, nodes, jobs. */
import { deletePods, editFault, settled, type CreateFault } from './context.ts';

const nameLabel = 'app.kubernetes.io/name';

export const wrongSelector = editFault({ id: 'wrong-selector', title: 'Mistype a service\'s selector', description: 'The service catalog selects pods that don\'t exist: it has no endpoints.', area: 'Network' }, {
  resource: 'services',
  name: 'catalog',
  break: (object) => object.spec && void (object.spec.selector = { [nameLabel]: 'catalogue' }),
  repair: (object) => object.spec && void (object.spec.selector = { [nameLabel]: 'catalog' }),
  isBroken: (object) => object.spec?.selector?.[nameLabel] !== 'catalog',
});

export const blockingPolicy = editFault({ id: 'blocking-network-policy', title: 'Block a service by NetworkPolicy', description: 'The policy of payments lets in checkout-v2 only; checkout\'s connections hang.', area: 'Network' }, {
  resource: 'networkpolicies.networking.k8s.io',
  name: 'payments',
  break: (object) => object.spec && void (object.spec.ingress = allowOnly('checkout-v2')),
  repair: (object) => object.spec && void (object.spec.ingress = allowOnly('checkout')),
  isBroken: (object) => !JSON.stringify(object.spec?.ingress ?? []).includes('"checkout"'),
  // Connections that stand are not cut.
  afterwards: (context) => deletePods(context, 'checkout'),
});

const allowOnly = (name: string) => [{ from: [{ podSelector: { matchLabels: { [nameLabel]: name } } }], ports: [{ port: 8080, protocol: 'TCP' }] }];

export const quotaExceeded = editFault({ id: 'quota-exceeded', title: 'Lower the namespace\'s quota', description: 'The quota is below what runs already: shipping\'s lost pod can\'t come back.', area: 'Cluster' }, {
  resource: 'resourcequotas',
  name: 'shop',
  break: (object) => object.spec && void (object.spec.hard = { ...object.spec.hard, 'requests.memory': '512Mi' }),
  repair: (object) => object.spec && void (object.spec.hard = { ...object.spec.hard, 'requests.memory': '6Gi' }),
  isBroken: (object) => object.spec?.hard?.['requests.memory'] === '512Mi',
  afterwards: (context) => deletePods(context, 'shipping'),
});

export const cordonedNodes: CreateFault = (context) => {
  const { client } = context;
  const setUnschedulable = (value: boolean): void => {
    for (const node of client.list('nodes')) {
      client.modify('nodes', undefined, node.metadata.name, (object) => {
        const { unschedulable: _before, ...spec } = object.spec ?? {};
        object.spec = value ? { ...spec, unschedulable: true } : spec;
      });
    }
  };
  const isActive = (): boolean => client.list('nodes').every((node) => node.spec?.unschedulable === true);
  return {
    id: 'cordoned-nodes',
    title: 'Cordon every node',
    description: 'Maintenance forgot to uncordon; cart\'s pod was moved away and finds no place.',
    area: 'Cluster',
    inject: () => settled(() => {
      if (isActive()) return;
      setUnschedulable(true);
      deletePods(context, 'cart');
    }),
    clear: () => settled(() => isActive() && setUnschedulable(false)),
    isActive: () => Promise.resolve(isActive()),
  };
};

const jobName = 'recount-stock';

export const stuckJob: CreateFault = ({ client, namespace, apply }) => {
  const isActive = (): boolean => {
    const job = client.get('jobs.batch', namespace, jobName);
    return job !== undefined && job.metadata.deletionTimestamp === undefined && (job.status?.conditions ?? []).every(({ type, status }) => type !== 'Complete' || status !== 'True');
  };
  return {
    id: 'stuck-job',
    title: 'Start a job that never ends',
    description: 'A stock recount holds its locks for hours; orders wait for it until they give up.',
    area: 'Database',
    inject: () => settled(() => {
      if (isActive()) return;
      client.delete('jobs.batch', namespace, jobName, { propagation: 'Background' });
      apply(recount(namespace));
    }),
    clear: () => settled(() => client.delete('jobs.batch', namespace, jobName, { propagation: 'Background' })),
    isActive: () => Promise.resolve(isActive()),
  };
};

const recount = (namespace: string): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${jobName}
  namespace: ${namespace}
  labels: { app.kubernetes.io/name: jobs, app.kubernetes.io/component: recount-stock, app.kubernetes.io/part-of: shop }
spec:
  backoffLimit: 2
  template:
    metadata:
      labels: { app.kubernetes.io/name: jobs, app.kubernetes.io/component: recount-stock, app.kubernetes.io/part-of: shop }
    spec:
      restartPolicy: Never
      serviceAccountName: jobs
      terminationGracePeriodSeconds: 5
      containers:
        - name: recount-stock
          image: registry.shop.local/jobs:1.4.0
          args: [recount-stock]
          envFrom:
            - configMapRef: { name: orders-db-client }
            - configMapRef: { name: jobs-config }
          env:
            - { name: RECOUNT_SECONDS, value: "21600" }
            - { name: DB_USER, value: inventory_sync }
            - name: DB_PASSWORD
              valueFrom: { secretKeyRef: { name: orders-db-credentials, key: inventory-sync-password } }
          resources:
            requests: { cpu: 20m, memory: 64Mi }
            limits: { memory: 192Mi }
`;
