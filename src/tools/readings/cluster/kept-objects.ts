/** Objects that a tool keeps as their source says: Argo CD, Flux, Fleet, and whatever else calls itself their manager. */
import type { KeptObject } from '../../../rules/cluster-readings.ts';
import { nameOf, text, texts } from './fields.ts';

/** Those that say so by a label or an annotation. Helm and kubectl keep nothing. */
export function keptOf(objects: readonly unknown[]): KeptObject[] {
  return objects.flatMap((object): KeptObject[] => {
    const keeper = keeperOf(object);
    return keeper === undefined || nameOf(object) === '' ? [] : [{ kind: text(object, 'kind').toLowerCase(), name: nameOf(object), ...keeper }];
  });
}

type Keeper = Pick<KeptObject, 'tool' | 'source'>;

function keeperOf(object: unknown): Keeper | undefined {
  const labels = texts(object, 'metadata', 'labels');
  const annotations = texts(object, 'metadata', 'annotations');
  const both = (key: string): string => own(labels, key) ?? own(annotations, key) ?? '';
  const named: [string, string, (name: string) => string][] = [
    ['argocd.argoproj.io/instance', 'Argo CD', (name) => `application ${name}`],
    ['argocd.argoproj.io/tracking-id', 'Argo CD', (id) => `application ${id.split(':')[0] ?? id}`],
    ['kustomize.toolkit.fluxcd.io/name', 'Flux', (name) => `Kustomization ${name}`],
    ['helm.toolkit.fluxcd.io/name', 'Flux', (name) => `HelmRelease ${name}`],
    ['objectset.rio.cattle.io/owner-name', 'Fleet', (name) => name],
    ['configmanagement.gke.io/managed', 'Config Sync', () => ''],
  ];
  for (const [key, tool, source] of named) if (both(key) !== '') return { tool, source: source(both(key)).slice(0, 100) };
  const manager = own(labels, 'app.kubernetes.io/managed-by') ?? '';
  return manager === '' || /^(?:helm|kubectl|kustomize)/i.test(manager) ? undefined : { tool: manager.slice(0, 60), source: '' };
}

function own(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
