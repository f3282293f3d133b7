/** Reads a Kubernetes cluster with kubectl: its configured namespaces, its nodes, its DNS. */
import type { ClusterTarget } from '../../config/targets.ts';
import { helmEnvironment, kubectlEnvironment } from '../../process/environment.ts';
import { BinaryNotFoundError, findBinary } from '../../process/find-binary.ts';
import { runProcess } from '../../process/run.ts';
import type { ClusterReading } from '../../rules/cluster-readings.ts';
import { shownCommand } from '../kubectl/argv.ts';
import { createClient } from '../kubectl/client.ts';
import type { Client } from '../kubectl/client.ts';
import { listKinds } from './cluster/ask.ts';
import { isTrue, nameOf, text } from './cluster/fields.ts';
import { nodeLines } from './cluster/lines.ts';
import { readCorefile, readDns } from './cluster/dns.ts';
import { readNamespace } from './cluster/namespace.ts';
import type { Reported } from './cluster/namespace.ts';
import { nodesOf, ofKind } from './cluster/other-objects.ts';
import { releaseReader } from './cluster/releases.ts';
import type { ReaderContext } from './reader.ts';
import { unreadOf } from './reader.ts';

/** Absolute paths; found on PATH when absent. */
export interface ClusterPrograms {
  kubectl?: string | undefined;
  helm?: string | undefined;
}

/** Never throws for trouble with the cluster: what can't be read is in `unread`. */
export async function readCluster(target: ClusterTarget, context: ReaderContext, reported: Reported, programs: ClusterPrograms = {}): Promise<ClusterReading> {
  const reading: ClusterReading = { name: target.name, namespaces: [], unread: [] };
  const client = clientFor('kubectl', programs.kubectl, context);
  if (typeof client === 'string') {
    reading.unread.push({ what: `cluster ${target.name}`, message: client });
    return reading;
  }
  const helm = clientFor('helm', programs.helm, context);
  const releases = typeof helm === 'string' ? undefined : releaseReader(helm);
  const part = async (what: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      reading.unread.push(context.signal.aborted ? { what, message: 'the time for this cluster was up', code: 'ABORTED' } : unreadOf(what, error));
    }
  };
  await Promise.all([
    ...target.namespaces.map((namespace) => part(`namespace ${namespace} of cluster ${target.name}`, async () => {
      const { reading: one, unread } = await readNamespace({ client, place: { cluster: target, namespace }, record: context.record, signal: context.signal, releases, ...reported });
      if (one !== undefined) reading.namespaces.push(one);
      reading.unread.push(...unread);
    })),
    part(`nodes of cluster ${target.name}`, () => readClusterScope(target, client, context, reading)),
    part(`DNS of cluster ${target.name}`, async () => {
      const dns = await readDns(client, target, context);
      if (dns !== undefined) reading.dns = dns;
    }),
    part(`Corefile of cluster ${target.name}`, async () => {
      const corefile = await readCorefile(client, target, context);
      if (corefile !== undefined) reading.corefile = corefile;
    }),
  ]);
  // One that can't be reached at all is one gap.
  if (reading.namespaces.length === 0 && reading.unread.length > 1) {
    const first = reading.unread.find((one) => one.what.startsWith('namespace '));
    if (first !== undefined) reading.unread = [{ ...first, what: `cluster ${target.name}` }];
  }
  reading.namespaces.sort((left, right) => target.namespaces.indexOf(left.namespace) - target.namespaces.indexOf(right.namespace));
  return reading;
}

async function readClusterScope(target: ClusterTarget, client: Client, { record, signal }: ReaderContext, reading: ClusterReading): Promise<void> {
  const kinds = ['nodes', 'storageclasses.storage.k8s.io', 'namespaces', 'ingressclasses.networking.k8s.io'];
  const { objects, missing, failure } = await listKinds(client, { cluster: target }, kinds, signal);
  if (failure !== undefined) {
    reading.unread.push({ what: `nodes of cluster ${target.name}`, message: failure });
    return;
  }
  const refused = (kind: string): boolean => missing.some((one) => one.kind.startsWith(kind));
  if (!refused('storageclasses')) reading.storageClasses = ofKind(objects, 'StorageClass').map((one) => ({ name: nameOf(one), default: text(one, 'metadata', 'annotations', 'storageclass.kubernetes.io/is-default-class') === 'true' || isTrue(one, 'default') }));
  if (!refused('ingressclasses')) reading.ingressClasses = ofKind(objects, 'IngressClass').map(nameOf);
  if (!refused('namespaces')) reading.namespaceNames = ofKind(objects, 'Namespace').map(nameOf);
  const noNodes = missing.find((one) => one.kind === 'nodes');
  if (noNodes !== undefined) {
    reading.unread.push({ what: `nodes of cluster ${target.name}`, message: noNodes.message, code: 'FORBIDDEN' });
    return;
  }
  const value = nodesOf(objects);
  reading.nodes = { value, evidence: await record('kubernetes', 'kubectl_nodes', { command: shownCommand({ context: target.context }, ['get', 'nodes', '-o', 'json']), output: nodeLines(value) }) };
}

/** Why not, when the program is not there. */
function clientFor(name: 'kubectl' | 'helm', configured: string | undefined, { patience }: ReaderContext): Client | string {
  try {
    const binary = findBinary(name, { configured: configured ?? process.env[name.toUpperCase()] });
    return createClient({ binary, run: runProcess, environment: name === 'helm' ? helmEnvironment : kubectlEnvironment, timeoutMilliseconds: 20_000 * (patience?.() ?? 1) });
  } catch (error) {
    if (error instanceof BinaryNotFoundError) return `${error.message} in ${name.toUpperCase()}`;
    throw error;
  }
}
