/** An API server without network side, with one or two kubelets: pods are bound by naming their node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parse } from 'yaml';
import type { ClusterClient } from '../../../../playground/cluster/client.ts';
import { createControlPlane } from '../../../../playground/cluster/control-plane.ts';
import { busyboxImages } from '../../../../playground/cluster/kubelet/busybox.ts';
import type { ImageRegistry } from '../../../../playground/cluster/kubelet/images.ts';
import type { LogOptions } from '../../../../playground/cluster/kubelet/runtime.ts';
import { startKubelets, type Kubelets } from '../../../../playground/cluster/kubelet/start.ts';
import { claimAddresses } from '../../../../playground/cluster/network/addresses.ts';
import type { NewObjectOf, ObjectOf } from '../../../../playground/cluster/objects/object.ts';
import type { Container, PodSpec } from '../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../support/wait-for.ts';

export interface KubeletCluster {
  client: ClusterClient;
  kubelets: Kubelets;
  directory: string;
  logged: string[];
  /** In namespace shop, on node1. */
  pod(name: string, spec: string | PodSpec, metadata?: Record<string, unknown>): ObjectOf<'pods'>;
  get(name: string): ObjectOf<'pods'> | undefined;
  until(name: string, what: string, holds: (pod: ObjectOf<'pods'>) => boolean): Promise<ObjectOf<'pods'>>;
  events(name: string): { type: string; reason: string; message: string; count: number }[];
  logs(name: string, container: string, options?: Partial<LogOptions>): Promise<string>;
  exec(name: string, container: string, command: string[], stdin?: import('node:stream').Readable): Promise<{ code: number; stdout: string; stderr: string }>;
  stop(): Promise<void>;
}

export const image = 'registry.local/busybox:1';
export const sh = (script: string, more: Partial<Container> = {}): PodSpec => ({ containers: [{ name: 'main', image, command: ['/bin/sh', '-c', script], ...more }] });

/** Ways out of a process group; each prints `escaped=<pid>`. A doubled $ is one. */
export const escapes: readonly string[] = [
  `setsid sh -c 'echo escaped=$$$$; exec sleep 1000' &`,
  `(setsid sh -c 'trap "" TERM HUP; echo escaped=$$$$; exec sleep 1000' &)`,
  `setsid env -i /bin/sh -c 'echo escaped=$$$$; exec /bin/sleep 1000' &`,
];

export async function startKubeletCluster({ speed = 20, images = busyboxImages() }: { speed?: number; images?: ImageRegistry } = {}): Promise<KubeletCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'kubelet-'));
  const logged: string[] = [];
  const log = (line: string): void => void logged.push(line);
  const plane = createControlPlane({ log });
  const { client } = plane;
  for (const name of ['shop', 'default', 'kube-node-lease']) if (client.get('namespaces', undefined, name) === undefined) client.create('namespaces', { metadata: { name } });
  const { addresses, release } = await claimAddresses();
  const kubelets = startKubelets(client, {
    nodes: [{ name: 'node1' }, { name: 'node2' }], directory: join(directory, 'kubelet'), images, timing: { speed }, log, apiUrl: 'https://127.0.0.1:6443',
    serviceAccountToken: (pod) => `token of ${pod.metadata.name}`, addresses, relocations: join(directory, 'relocations'),
  });
  const get = (name: string): ObjectOf<'pods'> | undefined => client.get('pods', 'shop', name);
  return {
    client, kubelets, directory, logged, get,
    pod: (name, spec, metadata = {}) => client.create('pods', {
      metadata: { name, namespace: 'shop', ...metadata }, spec: { nodeName: 'node1', ...(typeof spec === 'string' ? (parse(spec) as PodSpec) : spec) },
    } as NewObjectOf<'pods'>),
    until: (name, what, holds) => waitFor(`${name}: ${what}`, () => {
      const pod = get(name);
      return pod !== undefined && holds(pod) ? pod : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(get(name)?.status, undefined, 1)}\n${logged.join('\n')}`);
    }),
    events: (name) => client.list('events', { namespace: 'shop' }).filter((event) => event.involvedObject?.name === name)
      .map(({ type = '', reason = '', message = '', count = 1 }) => ({ type, reason, message, count })),
    logs: async (name, container, options = {}) => {
      const sink = collector();
      const pod = get(name);
      if (pod === undefined) throw new Error(`no pod ${name}`);
      await kubelets.runtime.logs(pod, container, { follow: false, previous: false, timestamps: false, ...options }, sink.stream, new AbortController().signal);
      return sink.text();
    },
    exec: async (name, container, command, stdin) => {
      const [stdout, stderr] = [collector(), collector()];
      const pod = get(name);
      if (pod === undefined) throw new Error(`no pod ${name}`);
      const code = await kubelets.runtime.exec(pod, container, command, { stdout: stdout.stream, stderr: stderr.stream, ...(stdin === undefined ? {} : { stdin }) }, new AbortController().signal);
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    },
    stop: async () => {
      await kubelets.stop();
      plane.stop();
      await release();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function collector(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
