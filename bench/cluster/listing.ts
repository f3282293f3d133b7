/** Listing 500 pods: by raw HTTP as JSON and as the Table that kubectl asks for, and by kubectl. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import type { ObjectOf } from '../../playground/cluster/objects/object.ts';
import type { Api } from './api.ts';
import { distribution, repeated, timed } from './figures.ts';
import { fillWithPods } from './objects.ts';

const path = '/api/v1/namespaces/many/pods';
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const run = promisify(execFile);

export async function measureListing({ client, adminKubeconfig }: Cluster, api: Api, like: ObjectOf<'pods'>, kubectl: string, count = 500): Promise<string[]> {
  const remove = await fillWithPods(client, like, count);
  const touch = (): void => {
    for (const { metadata } of client.list('pods', { namespace: 'many' })) client.modify('pods', 'many', metadata.name, (pod) => void (pod.metadata.annotations = { touched: String(performance.now()) }));
  };
  const bytes = await api.call('GET', path);
  const list = (headers: Record<string, string> = {}) => (): Promise<number> => timed(() => api.call('GET', path, undefined, headers));
  const changed = await repeated(20, async () => {
    touch();
    return list()();
  });
  const json = await repeated(100, list());
  const asTable = await repeated(100, list(table));
  const command = (...words: string[]) => (): Promise<number> => timed(() => run(kubectl, ['--kubeconfig', adminKubeconfig, ...words], { maxBuffer: 2 ** 28 }));
  await command('get', 'pods', '-n', 'many')();
  const version = await repeated(20, command('get', '--raw', '/version'));
  const shown = await repeated(20, command('get', 'pods', '-n', 'many'));
  const asJson = await repeated(10, command('get', 'pods', '-n', 'many', '-o', 'json'));
  remove();
  return [
    `${count} pods, JSON (${(bytes / 2 ** 20).toFixed(1)} MiB)          ${distribution(json)}; target 300 ms`,
    `${count} pods, JSON, all changed before  ${distribution(changed)}`,
    `${count} pods, Table                     ${distribution(asTable)}`,
    `kubectl get pods (${count})              ${distribution(shown)}; target 300 ms`,
    `kubectl get pods -o json (${count})      ${distribution(asJson)}`,
    `kubectl get --raw /version             ${distribution(version)}: what kubectl takes by itself`,
  ];
}
