/** Puts a playground cluster together and starts it. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthorizer } from './access/authorizer.ts';
import { bootstrapAccess } from './access/bootstrap.ts';
import { createTokens } from './access/tokens.ts';
import { createCertificate } from './api/http/certificate.ts';
import { createHandler } from './api/http/handler.ts';
import { discoveryPaths, statusPaths } from './api/http/paths.ts';
import { scaleHandler } from './api/http/scale.ts';
import { startServer } from './api/http/server.ts';
import { bootstrapObjects } from './bootstrap.ts';
import type { Cluster } from './cluster.ts';
import { createControlPlane } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { ClusterOptions } from './options.ts';
import { applyManifests } from './apply.ts';

const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'];

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory } = options;
  const log = options.log ?? ((): void => undefined);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const certificate = await createCertificate(serviceNames, ['127.0.0.1', '127.96.0.1']);
  const plane = createControlPlane({ log });
  const { machinery, verbs, client } = plane;
  const { store, registry } = machinery;
  const authorizer = createAuthorizer(store);
  const tokens = createTokens({ store });
  const stopAccess = bootstrapAccess(store, Date.now());
  const handle = createHandler({
    machinery, verbs, authorizer, verifyToken: tokens.verify, log,
    paths: [statusPaths, discoveryPaths(registry)], specials: [scaleHandler({ machinery, verbs })],
  });
  const server = await startServer({ port: options.port, certificate, handle, upgrade: (_request, socket) => void socket.destroy() });
  bootstrapObjects(client, server.url);
  const month = 30 * 24 * 3600;
  const common = { url: server.url, certificateAuthority: certificate.certificate };
  const adminKubeconfig = await writeKubeconfig(join(directory, 'admin.kubeconfig'), {
    ...common, user: 'kubernetes-admin', token: tokens.issue({ username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, { seconds: month }),
  });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopAccess();
    plane.stop();
    await server.stop();
  };
  return {
    url: server.url,
    adminKubeconfig,
    kubeconfigFor: async ({ namespace, name }, file) =>
      writeKubeconfig(file, { ...common, user: `system:serviceaccount:${namespace}:${name}`, namespace, token: tokens.forServiceAccount(namespace, name, { seconds: month }).token }),
    client,
    apply: (yaml, fieldManager = 'cluster-admin') => applyManifests({ machinery, verbs }, yaml, fieldManager),
    runtime: noRuntime,
    dnsServer: '',
    stop: () => (stopping ??= stop()),
  };
}

const noRuntime: Cluster['runtime'] = {
  logs: () => Promise.reject(new Error('no kubelet runs')),
  exec: () => Promise.reject(new Error('no kubelet runs')),
  usage: () => undefined,
  nodeUsage: () => undefined,
};
