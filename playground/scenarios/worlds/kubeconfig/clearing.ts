/** Nothing of others is taken over, and no namespace of ours stays. */
import type { Kubectl } from './kubectl.ts';

/** Throws when a namespace of ours is there already: then it is somebody's, or another run's. */
export async function refuseWhatIsThere(kubectl: Kubectl, namespace: string): Promise<void> {
  const taken = (await kubectl(['get', 'namespaces', namespace, 'sre-agent', '--ignore-not-found', '--output', 'name'])).trim();
  if (taken !== '') throw new Error(`The cluster already has ${taken.split('\n').join(' and ')}: another run, or somebody's own. Remove it, take another seed, or another cluster.`);
}

export async function removeNamespaces(kubectl: Kubectl, namespaces: readonly string[]): Promise<void> {
  await kubectl(['delete', 'namespaces', ...namespaces, '--ignore-not-found', '--wait=true', '--timeout=55s']);
}
