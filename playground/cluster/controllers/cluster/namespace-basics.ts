/** What every namespace has: the service account `default` and the config map kube-root-ca.crt. */
import type { ClusterClient } from '../../client.ts';
import { createController, splitKey } from '../controller.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';

export const rootCertificateMap = 'kube-root-ca.crt';

const explanation = 'The certificate authority that signed the API server\'s certificate.';

export function startServiceAccounts(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('serviceaccount-controller'));
  return forEachNamespace(client, settings, 'serviceaccounts', 'serviceaccounts', 'default', (namespace) => {
    if (client.get('serviceaccounts', namespace, 'default') === undefined) client.create('serviceaccounts', { metadata: { name: 'default', namespace } });
  });
}

export function startRootCertificates(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('root-ca-cert-publisher'));
  const data = { 'ca.crt': settings.certificateAuthority };
  return forEachNamespace(client, settings, 'root-ca-certs', 'configmaps', rootCertificateMap, (namespace) => {
    if (client.get('configmaps', namespace, rootCertificateMap) === undefined) {
      client.create('configmaps', { metadata: { name: rootCertificateMap, namespace, annotations: { 'kubernetes.io/description': explanation } }, data });
      return;
    }
    client.modify('configmaps', namespace, rootCertificateMap, (copy) => {
      copy.data = data;
    });
  });
}

function forEachNamespace(client: ClusterClient, settings: ClusterControllerSettings, name: string, resource: 'serviceaccounts' | 'configmaps', object: string, ensure: (namespace: string) => void): Running {
  const reconcile = (key: string): void => {
    const namespace = splitKey(key).name;
    const found = client.get('namespaces', undefined, namespace);
    if (found !== undefined && found.metadata.deletionTimestamp === undefined) ensure(namespace);
  };
  const controller = createController({ name, reconcile, failed: failureLog(settings, name) });
  const ofObject = ({ metadata }: { metadata: { name: string; namespace?: string } }): void => {
    if (metadata.name === object) controller.enqueue(`/${metadata.namespace ?? ''}`);
  };
  return stopAll(
    client.watch('namespaces', { added: ({ metadata }) => controller.enqueue(`/${metadata.name}`), modified: ({ metadata }) => controller.enqueue(`/${metadata.name}`) }),
    client.watch(resource, { modified: ofObject, deleted: ofObject }),
    controller,
  );
}
