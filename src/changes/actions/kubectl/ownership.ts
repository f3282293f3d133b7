/** Who else has a say in an object: GitOps, Helm, an operator, an autoscaler, a disruption budget. Read by the executor, said to people. */
import type { Facts } from '../../change.ts';
import { plain } from '../words.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import type { Json, JsonObject } from './json-patch.ts';
import { at, isObject } from './json-patch.ts';
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
  const gitOps = said(gitOpsOf(labels, annotations));
  // Controllers of pods make others; they put nothing back.
  const controller = object['kind'] === 'Pod' ? undefined : listAt(object, '/metadata/ownerReferences').find((owner) => owner['controller'] === true);
  const putsBack = gitOps ?? said(controller && `${textAt(controller, '/kind')} ${textAt(controller, '/name')}, which controls it`);
  const release = said(annotations['meta.helm.sh/release-name']);
  return {
    ...(putsBack !== undefined && { putsBack }),
    notes: [
      ...(gitOps === undefined ? [] : [`Owned by ${gitOps}: this is drift from git, and is put back by the next sync unless it is changed there too.`]),
      ...(gitOps === undefined && controller !== undefined ? [`Made by ${putsBack}: its controller may put this back.`] : []),
      ...(release === undefined ? [] : [`Part of the Helm release ${release}: its next upgrade may put this back, so change its values too.`]),
    ],
  };
}

/** Whoever may annotate the object wrote it. */
const said = (words: string | undefined): string | undefined => (words === undefined ? undefined : plain(words, 200));

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

export interface Budget {
  notes: string[];
  facts: Pick<Facts, 'disruptionsAllowed' | 'disruptionsUnread'>;
}

export interface DisruptionBudget {
  name: string;
  /** How many more may be away now. */
  allowed: number;
  healthy: number;
  needed: number;
}

/** Those over pods with these labels, the tightest first; undefined when they can't be read. */
export async function budgetsOver(labels: Readonly<Record<string, string>>, kubectl: Kubectl): Promise<DisruptionBudget[] | undefined> {
  const budgets = await kubectl.list('poddisruptionbudgets').catch((error: unknown) => {
    if (error instanceof ProgramError) return undefined;
    throw error;
  });
  return budgets?.filter((budget) => selects(at(budget, '/spec/selector'), labels))
    .map((budget) => ({ name: nameOf(budget), allowed: numberAt(budget, '/status/disruptionsAllowed') ?? 0, healthy: numberAt(budget, '/status/currentHealthy') ?? 0, needed: numberAt(budget, '/status/desiredHealthy') ?? 0 }))
    .sort((one, other) => one.allowed - other.allowed);
}

/** How many pods with these labels may be away by choice: the least of all budgets. */
export async function disruptionsAllowed(labels: Readonly<Record<string, string>>, kubectl: Kubectl): Promise<Budget> {
  const budgets = await budgetsOver(labels, kubectl);
  if (budgets === undefined) return { notes: ['Whether a disruption budget covers these pods could not be read.'], facts: { disruptionsUnread: true } };
  const [tightest] = budgets;
  return tightest === undefined ? { notes: [], facts: {} } : { notes: [`Disruption budget ${tightest.name} allows ${tightest.allowed} away now; nothing here asks it.`], facts: { disruptionsAllowed: tightest.allowed } };
}

/** A label selector as the API server selects: everything must hold; an empty one selects all, none at all selects nothing. */
export function selects(selector: Json | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (!isObject(selector)) return false;
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  return Object.entries(textsAt(selector, '/matchLabels')).every(([key, value]) => labels[key] === value)
    && listAt(selector, '/matchExpressions').every((expression) => {
      const key = textAt(expression, '/key') ?? '';
      const values = Array.isArray(expression['values']) ? expression['values'] : [];
      switch (expression['operator']) {
        case 'In':
          return has(key) && values.includes(labels[key] ?? '');
        case 'NotIn':
          return !has(key) || !values.includes(labels[key] ?? '');
        case 'DoesNotExist':
          return !has(key);
        default:
          return has(key);
      }
    });
}
