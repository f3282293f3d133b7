/** Everything that is checked and filled in, in the order Kubernetes does it. */
import type { RbacAuthorizer } from '../access/authorizer.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { customDefinitions } from './custom-definitions.ts';
import { escalation } from './escalation.ts';
import { limitRanges } from './limit-ranges.ts';
import { namespaceLifecycle } from './namespaces.ts';
import { defaultTolerations, priorities } from './pod-defaults.ts';
import { resourceQuotas } from './quotas.ts';
import { serviceAccounts } from './service-accounts.ts';
import { defaultIngressClass, defaultStorageClass, storageProtection } from './storage.ts';
import { webhooks } from './webhooks.ts';

export interface AdmissionParts {
  store: Store;
  authorizer: RbacAuthorizer;
}

export const createAdmission = ({ store, authorizer }: AdmissionParts): AdmissionPlugin[] => [
  namespaceLifecycle(store),
  limitRanges(store),
  serviceAccounts(store),
  priorities(store),
  defaultTolerations,
  defaultStorageClass(store),
  storageProtection,
  defaultIngressClass(store),
  customDefinitions,
  escalation(authorizer),
  webhooks(store),
  resourceQuotas(store),
];
