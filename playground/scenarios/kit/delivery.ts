/** Another team's controller that keeps the shop's objects as its own ConfigMaps say: what is changed by hand goes back. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';
import { holds } from './checks.ts';
import { rolledOut } from './workloads.ts';

export interface Delivery {
  /** The other team's namespace. */
  namespace: string;
  name: string;
  /** The ConfigMap with the manifests, in the same namespace. */
  source: string;
  /** Key to manifest: an object of the shop, or a part of one. */
  manifests: Record<string, unknown>;
}

/** For `prepare`: the controller, its custom resource and its rights. Agents may read and change both. */
export async function installDelivery(world: World, delivery: Delivery): Promise<void> {
  const { namespace, name, source, manifests } = delivery;
  await world.cluster.apply(controller(namespace, world.namespace));
  world.declare.namespace(namespace, { changes: true });
  world.declare.customResource('platform.example', 'deliveries');
  await world.cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: source, namespace }, data: texts(manifests) }));
  await world.cluster.apply(JSON.stringify({ apiVersion: 'platform.example/v1', kind: 'Delivery', metadata: { name, namespace }, spec: { source, selfHeal: true } }));
  await world.until('the first delivery', async () => (await rolledOut(world, 'delivery-controller', 1, namespace)).ok && (await isDelivered(world, delivery)).ok);
}

/** As a merge to the team's repository would. */
export async function changeSource(world: World, { namespace, source }: Delivery, manifests: Record<string, unknown>): Promise<void> {
  await world.cluster.edit('configmaps', source, (object) => void (object.data = { ...object.data, ...texts(manifests) }), namespace);
}

/** The controller works, heals, and has applied the newest source. */
export async function isDelivered(world: World, { namespace, name }: Delivery): Promise<Check> {
  const object = await world.cluster.get('deliveries.platform.example', name, namespace);
  const { phase, message } = (object?.['status'] ?? {}) as { phase?: string; message?: string };
  const { selfHeal } = (object?.['spec'] ?? {}) as { selfHeal?: boolean };
  return holds(`delivery ${name} is synced and heals`, phase === 'Synced' && selfHeal === true, `${phase ?? 'no status'}: ${message ?? ''}; selfHeal ${String(selfHeal)}`);
}

function texts(manifests: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(manifests).map(([key, manifest]) => [key, JSON.stringify(manifest, undefined, 2)]));
}

const controller = (namespace: string, target: string): string => `apiVersion: v1
kind: Namespace
metadata: { name: ${namespace} }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: deliveries.platform.example }
spec:
  group: platform.example
  scope: Namespaced
  names: { plural: deliveries, singular: delivery, kind: Delivery, listKind: DeliveryList }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      additionalPrinterColumns:
        - { name: Source, type: string, jsonPath: .spec.source }
        - { name: SelfHeal, type: boolean, jsonPath: .spec.selfHeal }
        - { name: Phase, type: string, jsonPath: .status.phase }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [source]
              properties:
                source: { type: string, description: ConfigMap of this namespace; each value is a manifest in JSON }
                selfHeal: { type: boolean, description: puts back what was changed by hand }
            status:
              type: object
              properties:
                observedGeneration: { type: integer }
                phase: { type: string }
                revision: { type: string }
                message: { type: string }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: delivery-controller, namespace: ${namespace} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: delivery-controller, namespace: ${namespace} }
rules:
  - { apiGroups: [""], resources: [configmaps], verbs: [get] }
  - { apiGroups: [platform.example], resources: [deliveries], verbs: [get, list] }
  - { apiGroups: [platform.example], resources: [deliveries/status], verbs: [patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: delivery-controller, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: delivery-controller }
subjects: [{ kind: ServiceAccount, name: delivery-controller, namespace: ${namespace} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: delivery-controller, namespace: ${target} }
rules:
  - { apiGroups: [apps], resources: [deployments], verbs: [get, patch] }
  - { apiGroups: [""], resources: [configmaps], verbs: [get, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: delivery-controller, namespace: ${target} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: delivery-controller }
subjects: [{ kind: ServiceAccount, name: delivery-controller, namespace: ${namespace} }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: delivery-controller, namespace: ${namespace}, labels: { app.kubernetes.io/name: delivery-controller } }
spec:
  replicas: 1
  selector: { matchLabels: { app.kubernetes.io/name: delivery-controller } }
  template:
    metadata: { labels: { app.kubernetes.io/name: delivery-controller } }
    spec:
      serviceAccountName: delivery-controller
      containers:
        - name: delivery-controller
          image: registry.shop.local/delivery:2.3.0
          env: [{ name: SYNC_SECONDS, value: "3" }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /readyz, port: http }, periodSeconds: 2 }
          resources: { requests: { cpu: 20m, memory: 64Mi }, limits: { cpu: 200m, memory: 192Mi } }
`;
