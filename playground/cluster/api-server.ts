/** The API server alone: store, rights, admission and HTTPS. Nothing acts on what is written to it. */
import { join } from 'node:path';
import { bootstrapAccess } from './access/bootstrap.ts';
import { createReviews } from './access/reviews.ts';
import { createAdmission } from './admission/index.ts';
import { bootstrapPriorityClasses } from './admission/pod-defaults.ts';
import { createCertificate } from './api/http/certificate.ts';
import { createUpgrade } from './api/http/exec.ts';
import { createHandler } from './api/http/handler.ts';
import type { SpecialHandler } from './api/http/handler.ts';
import { logHandler } from './api/http/logs.ts';
import { metricsHandler } from './api/http/metrics.ts';
import { discoveryPaths, statusPaths } from './api/http/paths.ts';
import { finalizeHandler, podActionHandler } from './api/http/pod-actions.ts';
import { reviewHandler, tokenHandler } from './api/http/reviews.ts';
import { scaleHandler } from './api/http/scale.ts';
import { startServer } from './api/http/server.ts';
import { openapiPaths } from './api/openapi/document.ts';
import { bootstrapObjects } from './bootstrap.ts';
import { createControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { customResources } from './custom/index.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { PodRuntime } from './kubelet/runtime.ts';
import { laterRuntime } from './later-runtime.ts';
import type { ClusterAddresses } from './network/addresses.ts';

const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'];
const tokenSeconds = 30 * 24 * 3600;
const administrator = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

export interface ApiServerSettings {
  /** There already; the administrator's kubeconfig goes into it. */
  directory: string;
  /** 0 for a free one. */
  port: number;
  addresses: Pick<ClusterAddresses, 'apiService' | 'services'>;
  log(line: string): void;
}

export interface RunningApiServer {
  plane: ControlPlane;
  url: string;
  /** PEM. */
  certificateAuthority: string;
  adminKubeconfig: string;
  kubeconfigFor(serviceAccount: { namespace: string; name: string }, file: string): Promise<string>;
  /** The same runtime for everybody; it refuses until `useRuntime` was called. */
  runtime: PodRuntime;
  useRuntime(runtime: PodRuntime): void;
  stop(): Promise<void>;
}

export async function startApiServer({ directory, port, addresses, log }: ApiServerSettings): Promise<RunningApiServer> {
  const certificate = await createCertificate(serviceNames, ['127.0.0.1', addresses.apiService]);
  const plane = createControlPlane({ log, admission: createAdmission, services: addresses.services });
  const { machinery, verbs, client, authorizer, tokens } = plane;
  const { store, registry } = machinery;
  const stopAccess = bootstrapAccess(store, Date.now());
  const stopCustom = customResources({ store, registry });
  bootstrapPriorityClasses(store, Date.now());
  const { runtime, use } = laterRuntime();
  const access = { machinery, verbs, authorizer, verifyToken: tokens.verify, log };
  const server = await startServer({
    port, certificate,
    handle: createHandler({ ...access, paths: [statusPaths, discoveryPaths(registry), openapiPaths(registry)], specials: specialHandlers(plane, runtime) }),
    upgrade: createUpgrade({ ...access, runtime }),
  });
  bootstrapObjects(client, { url: server.url, address: addresses.apiService });
  const common = { url: server.url, certificateAuthority: certificate.certificate };
  return {
    plane, url: server.url, certificateAuthority: certificate.certificate, runtime, useRuntime: use,
    adminKubeconfig: await writeKubeconfig(join(directory, 'admin.kubeconfig'), {
      ...common, user: administrator.username, token: tokens.issue(administrator, { seconds: tokenSeconds }),
    }),
    kubeconfigFor: async ({ namespace, name }, file) =>
      writeKubeconfig(file, { ...common, user: `system:serviceaccount:${namespace}:${name}`, namespace, token: tokens.forServiceAccount(namespace, name, { seconds: tokenSeconds }).token }),
    stop: async () => {
      stopCustom();
      stopAccess();
      plane.stop();
      await server.stop();
    },
  };
}

function specialHandlers({ machinery, verbs, authorizer, tokens }: ControlPlane, runtime: PodRuntime): SpecialHandler[] {
  const parts = { machinery, verbs };
  return [
    scaleHandler(parts), reviewHandler(machinery, createReviews({ authorizer, tokens })), tokenHandler(machinery, tokens),
    logHandler(verbs, runtime), metricsHandler(machinery, runtime), podActionHandler(parts), finalizeHandler(parts),
  ];
}
