/** Writes per second, and how fast many watchers hear of them. */
import type { Cluster } from '../../playground/cluster/cluster.ts';
import type { Api } from './api.ts';
import { distribution, round } from './figures.ts';

const maps = '/api/v1/namespaces/default/configmaps';

export async function measureWrites({ client }: Cluster, api: Api, seconds: number, writers: number): Promise<string[]> {
  client.create('configmaps', { metadata: { name: 'written', namespace: 'default' }, data: { key: '0' } });
  const patches = await counted(seconds, writers, (index) => api.call('PATCH', `${maps}/written`, JSON.stringify({ data: { key: String(index) } }), { 'content-type': 'application/merge-patch+json' }));
  const creates = await counted(seconds, writers, (index) => api.call('POST', maps, JSON.stringify({ metadata: { name: `made-${index}` }, data: { key: 'value' } })));
  for (const { metadata } of client.list('configmaps', { namespace: 'default' })) if (/^(made-|written)/.test(metadata.name)) client.delete('configmaps', 'default', metadata.name);
  return [`merge patches by ${writers} clients    ${round(patches)} per second`, `creates by ${writers} clients          ${round(creates)} per second`];
}

async function counted(seconds: number, writers: number, write: (index: number) => Promise<unknown>): Promise<number> {
  let count = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: writers }, async () => {
    while (performance.now() - began < seconds * 1_000) {
      count += 1;
      await write(count);
    }
  }));
  return count / ((performance.now() - began) / 1_000);
}

/** From before the write until each of the watchers has read it. */
export async function measureFanOut({ client }: Cluster, api: Api, watchers: number, writes: number): Promise<string[]> {
  const began = new Map<string, number>();
  const first: number[] = [];
  const all: number[] = [];
  let heard = 0;
  let told = (): void => undefined;
  client.create('configmaps', { metadata: { name: 'told', namespace: 'default' } });
  const version = client.get('configmaps', 'default', 'told')?.metadata.resourceVersion ?? '';
  const requests = await Promise.all(Array.from({ length: watchers }, () => api.watch(`${maps}?watch=1&resourceVersion=${version}&fieldSelector=metadata.name%3Dtold`, (line) => {
    const value = /"data":\{"key":"(\d+)"/.exec(line)?.[1];
    const at = began.get(value ?? '');
    if (at === undefined) return;
    heard += 1;
    if (heard === 1) first.push(performance.now() - at);
    if (heard < watchers) return;
    all.push(performance.now() - at);
    told();
  })));
  const beganAll = performance.now();
  for (let index = 0; index < writes; index += 1) {
    heard = 0;
    const everybody = new Promise<void>((resolve) => (told = resolve));
    began.set(String(index), performance.now());
    client.modify('configmaps', 'default', 'told', (map) => void (map.data = { key: String(index) }));
    await everybody;
  }
  const seconds = (performance.now() - beganAll) / 1_000;
  for (const request of requests) {
    request.on('error', () => undefined);
    request.destroy();
  }
  client.delete('configmaps', 'default', 'told');
  return [
    `${watchers} watchers, until the first has heard  ${distribution(first)}`,
    `${watchers} watchers, until all have heard       ${distribution(all)}; ${round(watchers * writes / seconds)} events per second`,
  ];
}
