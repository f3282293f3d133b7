/** Asks the API server what the identities that read and probe may do in each configured namespace (SelfSubjectRulesReview), and reads the answer like an attacker. */
import { z } from 'zod';
import type { ClusterTarget, Secret } from '../../config/targets.ts';
import { kubectlEnvironment, privateHome } from '../../process/environment.ts';
import { findBinary } from '../../process/find-binary.ts';
import { runProcess } from '../../process/run.ts';
import { flagsOf } from '../../tools/kubectl/argv.ts';
import type { Excess, Look } from './finding.ts';
import { NotAskedError } from './finding.ts';
import { excessOf, probeExcessOf, questions } from './kubernetes-rules.ts';
import type { ResourceRule } from './kubernetes-rules.ts';

const api = '/apis/authorization.k8s.io/v1';

const rulesReview = z.object({
  status: z.object({
    incomplete: z.boolean().default(false),
    resourceRules: z.array(z.object({ verbs: z.array(z.string()), apiGroups: z.array(z.string()).default([]), resources: z.array(z.string()).default([]), resourceNames: z.array(z.string()).optional() })).default([]),
  }),
});
const accessReview = z.object({ status: z.object({ allowed: z.boolean().default(false) }) });

interface Asking {
  kubectl?: string | undefined;
  signal: AbortSignal;
}

/** Throws NotAskedError. */
export function lookAtCluster(target: ClusterTarget, asking: Asking): Promise<Look> {
  return look(target, target.kubeconfig, asking, target.namespaces.map((namespace) => ({ namespace, judge: excessOf })));
}

/** Of the identity that runs probes in pods: it may look and exec there, and exec nowhere else. Throws NotAskedError. */
export function lookAtProbes(target: ClusterTarget & { probes: Secret }, asking: Asking): Promise<Look> {
  const others = ['kube-system', 'default'].filter((namespace) => !target.namespaces.includes(namespace));
  return look(target, target.probes, asking, [...target.namespaces.map((namespace) => ({ namespace, judge: probeExcessOf })), ...others.map((namespace) => ({ namespace, judge: excessOf }))]);
}

async function look(target: ClusterTarget, identity: Secret, { kubectl, signal }: Asking, places: readonly { namespace: string; judge: typeof excessOf }[]): Promise<Look> {
  try {
    const ask = askerOf(target, identity, findBinary('kubectl', { configured: kubectl }), signal);
    const excess: Excess[] = [];
    for (const { namespace, judge } of places) excess.push(...(await lookAtNamespace(namespace, ask, judge)));
    return { excess };
  } catch (error) {
    signal.throwIfAborted();
    throw new NotAskedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

type Ask = (kind: string, spec: unknown) => Promise<unknown>;

async function lookAtNamespace(namespace: string, ask: Ask, judge: typeof excessOf): Promise<Excess[]> {
  const { status } = rulesReview.parse(await ask('SelfSubjectRulesReview', { namespace }));
  const excess = judge(status.resourceRules, namespace);
  if (!status.incomplete || excess.length > 0) return excess;
  // An authorizer that can't list its rules (a webhook) is asked for what matters, one by one.
  const granted: ResourceRule[] = [];
  for (const { verb, group, resource, subresource } of questions) {
    const answer = accessReview.parse(await ask('SelfSubjectAccessReview', { resourceAttributes: { namespace, verb, group, resource, ...(subresource !== undefined && { subresource }) } }));
    if (answer.status.allowed) granted.push({ verbs: [verb], apiGroups: [group], resources: [subresource === undefined ? resource : `${resource}/${subresource}`] });
  }
  return judge(granted, namespace);
}

/** One POST each; a review is a question that is not stored. */
function askerOf({ context, name }: ClusterTarget, kubeconfig: Secret, file: string, signal: AbortSignal): Ask {
  const path = kubeconfig.reveal();
  return async (kind, spec) => {
    const ended = await runProcess({
      file,
      argv: ['create', `--raw=${api}/${kind.toLowerCase()}s`, '--filename=-', ...flagsOf({ kubeconfig: path, context })],
      environment: kubectlEnvironment(privateHome(), path),
      stdin: JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec }),
      timeoutMilliseconds: 20_000, maxBytes: 4 * 1024 * 1024, signal,
    });
    if (ended.exitCode !== 0) throw new Error(`cluster ${name} did not answer: ${ended.stderr.trim().split('\n')[0] ?? ''}`.replaceAll(path, `(${kubeconfig.variable})`));
    return JSON.parse(ended.stdout) as unknown;
  };
}
