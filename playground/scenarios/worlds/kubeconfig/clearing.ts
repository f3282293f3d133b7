/** A cluster that others use too: nothing of theirs is touched, and nothing of ours stays. */
import type { Kubectl } from './kubectl.ts';

/** What the shop's manifests make beside namespaces. */
const clusterWide = ['clusterroles', 'clusterrolebindings', 'customresourcedefinitions'] as const;
const ours = 'app.kubernetes.io/part-of=shop';

/** Throws when a namespace of ours is there already: then it is somebody's, or another run's. */
export async function refuseWhatIsThere(kubectl: Kubectl, namespace: string): Promise<void> {
  const taken = (await kubectl(['get', 'namespaces', namespace, 'sre-agent', '--ignore-not-found', '--output', 'name'])).trim();
  if (taken !== '') throw new Error(`The cluster already has ${taken.split('\n').join(' and ')}: another run, or somebody's own. Remove it, take another seed, or another cluster.`);
}

/** Namespaces first, since what they hold refers to the rest. */
export async function clearAway(kubectl: Kubectl, namespaces: readonly string[], log: (line: string) => void): Promise<void> {
  await kubectl(['delete', 'namespaces', ...namespaces, '--ignore-not-found', '--wait=true', '--timeout=55s']).catch((error: unknown) => log(String(error)));
  for (const resource of clusterWide) {
    const names = (await kubectl(['get', resource, '--output', 'name']).catch(() => '')).split('\n').filter((name) => /\/(sre-agent-|flashsales\.shop\.example$)/.test(name));
    const labelled = (await kubectl(['get', resource, '--selector', ours, '--output', 'name']).catch(() => '')).split('\n').filter((name) => name !== '');
    const gone = [...new Set([...names, ...labelled])];
    if (gone.length > 0) await kubectl(['delete', ...gone, '--ignore-not-found', '--wait=false']).catch((error: unknown) => log(String(error)));
  }
}
