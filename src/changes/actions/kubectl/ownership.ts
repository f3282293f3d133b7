/** Who else has a say in an object: GitOps, Helm, an operator, an autoscaler, a disruption budget. Read by the executor, said to people. */
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import type { JsonObject } from './json-patch.ts';
import type { ObjectReference } from './objects.ts';
import { listAt, nameOf, numberAt, textAt, textsAt } from './objects.ts';

export interface Ownership {
  /** In words; empty when nobody is known. */
  notes: string[];
  /** Something puts the object back to what it says: `Argo CD application shop`. */
  putsBack?: string;
}

export function ownershipOf(object: JsonObject): Ownership {
  const labels = textsAt(object, '/metadata/labels');
  const annotations = textsAt(object, '/metadata/annotations');
  const gitOps = gitOpsOf(labels, annotations);
  const controller = listAt(object, '/metadata/ownerReferences').find((owner) => owner['controller'] === true);
  const putsBack = gitOps ?? (controller && `${textAt(controller, '/kind')} ${textAt(controller, '/name')}, which controls it`);
  const release = annotations['meta.helm.sh/release-name'];
  return {
    ...(putsBack !== undefined && { putsBack }),
    notes: [
      ...(gitOps === undefined ? [] : [`Owned by ${gitOps}: this is drift from git, and is put back by the next sync unless it is changed there too.`]),
      ...(gitOps === undefined && controller !== undefined ? [`Made by ${putsBack}: its controller may put this back.`] : []),
      ...(release === undefined ? [] : [`Part of the Helm release ${release}: its next upgrade may put this back, so change its values too.`]),
    ],
  };
}

function gitOpsOf(labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): string | undefined {
  const tracked = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0];
  const argo = tracked ?? labels['argocd.argoproj.io/instance'] ?? labels['argocd.argoproj.io/app-name'];
  if (argo !== undefined) return `the Argo CD application ${argo}`;
  for (const kind of ['kustomize', 'helm'] as const) {
    const flux = labels[`${kind}.toolkit.fluxcd.io/name`];
    if (flux !== undefined) return `the Flux ${kind === 'helm' ? 'HelmRelease' : 'Kustomization'} ${labels[`${kind}.toolkit.fluxcd.io/namespace`] ?? ''}/${flux}`;
  }
  return undefined;
}

/** The autoscaler that sets the replicas of a workload. `unread` when autoscalers can't be listed. */
export async function autoscalerOf({ resource, name }: ObjectReference, kubectl: Kubectl): Promise<string | 'unread' | undefined> {
  try {
    const autoscalers = await kubectl.list('horizontalpodautoscalers');
    const owner = autoscalers.find((one) => textAt(one, '/spec/scaleTargetRef/kind')?.toLowerCase() === resource && textAt(one, '/spec/scaleTargetRef/name') === name);
    return owner && nameOf(owner);
  } catch (error) {
    if (error instanceof ProgramError) return 'unread';
    throw error;
  }
}

/** How many pods with these labels may be away by choice: the least of all budgets; undefined without a budget or when they can't be read. */
export async function disruptionsAllowed(labels: Readonly<Record<string, string>>, kubectl: Kubectl): Promise<{ budget: string; allowed: number } | undefined> {
  const budgets = await kubectl.list('poddisruptionbudgets').catch((error: unknown) => {
    if (error instanceof ProgramError) return [];
    throw error;
  });
  return budgets.filter((budget) => selects(budget, labels))
    .map((budget) => ({ budget: nameOf(budget), allowed: numberAt(budget, '/status/disruptionsAllowed') ?? 0 }))
    .sort((one, other) => one.allowed - other.allowed)[0];
}

/** By labels alone: a budget with expressions counts as one that does not match, since nothing here decides on it. */
function selects(budget: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(textsAt(budget, '/spec/selector/matchLabels'));
  return wanted.length > 0 && listAt(budget, '/spec/selector/matchExpressions').length === 0 && wanted.every(([key, value]) => labels[key] === value);
}
