/** Nothing is made in a namespace that isn't there or is on its way out; some namespaces stay for ever. */
import { notFound } from '../api/status.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { refused } from './refusal.ts';

const immortal = ['default', 'kube-public', 'kube-system'];

export const namespaceLifecycle = (store: Store): AdmissionPlugin => (request) => {
  const { definition, operation, namespace, name } = request;
  if (definition.group === '' && definition.plural === 'namespaces') {
    if (operation === 'DELETE' && immortal.includes(name)) throw refused(request, 'this namespace may not be deleted');
    return;
  }
  if (!definition.namespaced || namespace === undefined || operation === 'DELETE') return;
  const found = store.get('namespaces', undefined, namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  const { phase } = (found['status'] ?? {}) as { phase?: string };
  if (operation !== 'CREATE' || (phase !== 'Terminating' && found.metadata.deletionTimestamp === undefined)) return;
  const error = refused(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
  error.status.details = {
    ...error.status.details,
    causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
  };
  throw error;
};
