/** The running side of pods, for an API server that is there before its kubelets. */
import { StatusError } from './api/status.ts';
import type { PodRuntime } from './kubelet/runtime.ts';

export function laterRuntime(): { runtime: PodRuntime; use(runtime: PodRuntime): void } {
  let real: PodRuntime | undefined;
  const now = (): PodRuntime => {
    if (real === undefined) throw new StatusError({ code: 503, reason: 'ServiceUnavailable', message: 'the kubelets are starting' });
    return real;
  };
  return {
    runtime: {
      logs: async (...parameters) => now().logs(...parameters),
      exec: async (...parameters) => now().exec(...parameters),
      usage: (pod) => real?.usage(pod),
      nodeUsage: (node) => real?.nodeUsage(node),
    },
    use: (runtime) => {
      real = runtime;
    },
  };
}
