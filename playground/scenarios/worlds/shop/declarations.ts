/** What a scenario added to the shop, and the permissions that agents need for it. */
import { stringify } from 'yaml';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { DeclaredService, Declarations } from '../../world.ts';

export interface DeclaredParts {
  services: readonly DeclaredService[];
  /** Beside the shop's. */
  namespaces: readonly string[];
}

export interface OpenDeclarations {
  declare: Declarations;
  /** Refuses what comes later; resolves when what agents need is in place. */
  close(): Promise<DeclaredParts>;
}

export function openDeclarations({ apply }: Pick<ShopCluster, 'apply'>, addService: (service: DeclaredService) => void): OpenDeclarations {
  const services: DeclaredService[] = [];
  const namespaces = new Set<string>();
  const granted: Promise<unknown>[] = [];
  const grant = (object: unknown): void => {
    const granting = Promise.resolve(apply(stringify(object)));
    granting.catch(() => undefined); // told by close
    granted.push(granting);
  };
  let closed = false;
  const open = (): void => {
    if (closed) throw new Error('Agents have started: nothing can be declared any more. Declare it in prepare.');
  };
  return {
    declare: {
      service: (service) => {
        open();
        addService(service);
        services.push(service);
      },
      namespace: (name, { changes = false } = {}) => {
        open();
        namespaces.add(name);
        if (changes) grant(binding('RoleBinding', 'sre-agent-executor', 'sre-agent-executor', 'executor', name));
      },
      customResource: (group, plural) => {
        open();
        const named = `${plural}.${group}`;
        const role = (name: string, verbs: string[]) => ({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: [{ apiGroups: [group], resources: [plural], verbs }] });
        for (const object of [
          role(`sre-agent-reads-${named}`, ['get', 'list', 'watch']),
          role(`sre-agent-changes-${named}`, ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete']),
          binding('ClusterRoleBinding', `sre-agent-reads-${named}`, `sre-agent-reads-${named}`, 'reader'),
          binding('ClusterRoleBinding', `sre-agent-changes-${named}`, `sre-agent-changes-${named}`, 'executor'),
        ]) grant(object);
      },
    },
    close: async () => {
      closed = true;
      await Promise.all(granted);
      return { services, namespaces: [...namespaces] };
    },
  };
}

const rbac = 'rbac.authorization.k8s.io';

function binding(kind: 'RoleBinding' | 'ClusterRoleBinding', name: string, role: string, account: 'reader' | 'executor', namespace?: string) {
  return {
    apiVersion: `${rbac}/v1`, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'sre-agent' }],
  };
}
