/**
 * One pod through the Eviction API, which asks the disruption budgets in the same step. kubectl has no command for a
 * single eviction with a precondition: the same request goes by its path, with a body that names the pod's uid.
 */
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import type { DisruptionBudget } from './ownership.ts';

export interface EvictedPod {
  namespace: string;
  name: string;
  uid: string;
}

/** As an engineer would type it; exactly what `evict` runs. */
export function evictionCommand(kubectl: Kubectl, pod: EvictedPod): string {
  return `${kubectl.shown(argvOf(pod))} <<'EOF'\n${bodyOf(pod)}\nEOF`;
}

/** Throws ProgramError; `isBudgetRefusal` tells whether a budget said no. */
export async function evict(kubectl: Kubectl, pod: EvictedPod): Promise<void> {
  await kubectl.run(argvOf(pod), { stdin: bodyOf(pod) });
}

/** Throws RefusedError that names the budget in the way. */
export async function rehearseEviction(kubectl: Kubectl, pod: EvictedPod, budgets: readonly DisruptionBudget[]): Promise<void> {
  try {
    await kubectl.run(argvOf(pod, true), { stdin: bodyOf(pod) });
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new RefusedError(isBudgetRefusal(error) ? `Pod ${pod.name} can't be evicted now: ${budgetWords(budgets)}` : `The dry run of evicting pod ${pod.name} failed: ${error.message}`, { cause: error });
  }
}

export function isBudgetRefusal({ stderr }: ProgramError): boolean {
  return /^Error from server \(TooManyRequests\)/m.test(stderr);
}

/** Which budget, and how many it allows. */
export function budgetWords(budgets: readonly DisruptionBudget[]): string {
  if (budgets.length === 0) return 'the API server says that a disruption budget does not allow it; which one could not be read.';
  return budgets.map(({ name, allowed, healthy, needed }) => `disruption budget ${plain(name)} allows ${allowed} away now (${healthy} pods are healthy, it wants ${needed}).`).join(' ');
}

function argvOf({ namespace, name }: EvictedPod, dryRun = false): string[] {
  return ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction${dryRun ? '?dryRun=All' : ''}`, '-f', '-'];
}

const bodyOf = ({ namespace, name, uid }: EvictedPod): string => JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions: { preconditions: { uid } } });
