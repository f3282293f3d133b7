/** kubectl and helm with the executor's kubeconfig. No shell, an environment made from nothing, flags that are written here and nowhere else. */
import type { ClusterTarget } from '../../../config/targets.ts';
import { corednsOf } from '../../../config/targets.ts';
import { helmEnvironment, kubectlEnvironment, privateHome } from '../../../process/environment.ts';
import { BinaryNotFoundError, findBinary } from '../../../process/find-binary.ts';
import type { RunResult } from '../../../process/run.ts';
import { ProcessStartError, runProcess } from '../../../process/run.ts';
import { shownCommand } from '../../../tools/kubectl/argv.ts';
import { objectName } from '../../../tools/kubectl/names.ts';
import type { ClusterAction } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import { effectOf, explain } from './answers.ts';
import type { JsonObject } from './json-patch.ts';
import { isObject } from './json-patch.ts';
import type { ObjectReference } from './objects.ts';

const maxBytes = 16 * 1024 * 1024;
const requestSeconds = 10;
const fieldManager = 'sre-agent';

/** Did not end well. `effect`: none when nothing can have been written, unknown when it can. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly code = 'program_failed';

  constructor(
    message: string,
    readonly effect: 'none' | 'unknown',
    readonly stderr: string,
  ) {
    super(message);
  }
}

export interface Program {
  /** As an engineer would type it: everything but connection, identity and output, which are fixed here. */
  shown(rest: readonly string[]): string;
  /** Throws ProgramError. */
  run(rest: readonly string[], options?: { stdin?: string; flags?: readonly string[]; timeoutMilliseconds?: number }): Promise<RunResult>;
}

export interface Kubectl extends Program {
  /** Throws RefusedError when it is not there or may not be read. */
  get(reference: ObjectReference): Promise<JsonObject>;
  /** Undefined when it is not there. Throws ProgramError. */
  find(reference: ObjectReference): Promise<JsonObject | undefined>;
  /** Of the action's namespace. Throws ProgramError. */
  list(resource: string, labels?: Readonly<Record<string, string>>): Promise<JsonObject[]>;
  /** Every pod on a node, of all namespaces. Throws ProgramError. */
  listOnNode(node: string): Promise<JsonObject[]>;
  /** Writes: an object goes in by stdin or patch, and comes back. Throws ProgramError. */
  write(rest: readonly string[], options: { dryRun: boolean; stdin?: string }): Promise<{ object: JsonObject; warnings: string[] }>;
}

/** `namespace`: for an action that has none itself; checked like any other. */
export function openKubectl(action: ClusterAction, context: KindContext, namespace?: string): Kubectl {
  const place = placeOf(action, context, namespace);
  const program = openProgram('kubectl', place, context);
  const within = ({ resource, name }: ObjectReference): string[] => {
    refuseStrange(resource, name);
    return ['get', resource, name];
  };
  const json = async (rest: readonly string[]): Promise<JsonObject> => parseObject((await program.run(rest, { flags: ['--output=json'] })).stdout);

  async function find(reference: ObjectReference): Promise<JsonObject | undefined> {
    try {
      return await json(within(reference));
    } catch (error) {
      if (error instanceof ProgramError && /^Error from server \(NotFound\)/m.test(error.stderr)) return undefined;
      throw error;
    }
  }

  return {
    ...program,
    find,
    async get(reference) {
      const object = await find(reference).catch((error: unknown) => {
        throw error instanceof ProgramError ? new RefusedError(error.message) : error;
      });
      if (object === undefined) throw new RefusedError(`There is no ${reference.resource} ${reference.name}${reference.namespace === undefined ? '' : ` in namespace ${reference.namespace}`} of cluster ${action.target}.`);
      return object;
    },
    async list(resource, labels = {}) {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');
      const { items } = await json(['get', resource, ...(selector === '' ? [] : [`--selector=${selector}`])]);
      return Array.isArray(items) ? items.filter(isObject) : [];
    },
    async listOnNode(node) {
      refuseStrange('node', node);
      const { items } = await json(['get', 'pods', '--all-namespaces', `--field-selector=spec.nodeName=${node}`]);
      return Array.isArray(items) ? items.filter(isObject) : [];
    },
    async write(rest, { dryRun, stdin }) {
      const { stdout, stderr } = await program.run(rest, {
        flags: [`--field-manager=${fieldManager}`, '--output=json', ...(dryRun ? ['--dry-run=server'] : [])],
        ...(stdin !== undefined && { stdin }),
      });
      return { object: parseObject(stdout), warnings: warningsIn(stderr) };
    },
  };
}

/** What the API server and its admission said beside the answer. */
export function warningsIn(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => /^Warning: (.+)$/.exec(line)?.[1] ?? []);
}

/** Only for changes of the release itself: helm has no output of objects. */
export function openHelm(action: ClusterAction, context: KindContext): Program {
  return openProgram('helm', placeOf(action, context), context);
}

interface Place {
  cluster: ClusterTarget;
  namespace: string | undefined;
  kubeconfig: string;
  severalClusters: boolean;
}

/** Throws RefusedError unless this cluster may be changed, in this namespace. */
function placeOf(action: ClusterAction, { targets }: KindContext, within?: string): Place {
  const cluster = targets.clusters.find(({ name }) => name === action.target);
  if (!cluster) throw new RefusedError(`There is no cluster ${JSON.stringify(action.target)} under targets.clusters in sre-agent.yaml.`);
  // The configuration says where CoreDNS is; no other action comes into that namespace by it.
  const dns = action.kind === 'coredns.corefile';
  const namespace = 'namespace' in action ? action.namespace : dns ? corednsOf(cluster).namespace : within;
  if (namespace !== undefined && !dns && !cluster.namespaces.includes(namespace)) throw new RefusedError(`Namespace ${namespace} is not among those of cluster ${cluster.name} in sre-agent.yaml (${cluster.namespaces.join(', ')}).`);
  if (!cluster.write) throw new RefusedError(`Cluster ${cluster.name} may be looked at only: give it \`write\`, the kubeconfig of the executor, under targets.clusters in sre-agent.yaml to let it be changed.`);
  let kubeconfig: string;
  try {
    kubeconfig = cluster.write.reveal();
  } catch (error) {
    throw new RefusedError(error instanceof Error ? error.message : `The write kubeconfig of cluster ${cluster.name} is not configured.`);
  }
  return { cluster, namespace, kubeconfig, severalClusters: targets.clusters.length > 1 };
}

function openProgram(name: 'kubectl' | 'helm', { cluster, namespace, kubeconfig }: Place, { programs, run = runProcess, signal }: KindContext): Program {
  const where = namespace === undefined ? [] : ['-n', namespace];
  const context = cluster.context === undefined ? [] : [name === 'helm' ? '--kube-context' : '--context', cluster.context];
  const connection = [`--kubeconfig=${kubeconfig}`, ...(name === 'kubectl' ? [`--request-timeout=${requestSeconds}s`] : [])];
  return {
    shown: (rest) => shownCommand({ context: cluster.context, namespace }, rest, name),
    async run(rest, { stdin, flags = [], timeoutMilliseconds = 20_000 } = {}) {
      let ended: RunResult;
      try {
        ended = await run({
          file: findBinary(name, { configured: programs?.[name] }),
          argv: [...context, ...where, ...rest, ...flags, ...connection],
          environment: name === 'kubectl' ? kubectlEnvironment(privateHome(), kubeconfig) : helmEnvironment(privateHome(), kubeconfig),
          timeoutMilliseconds, maxBytes, signal,
          ...(stdin !== undefined && { stdin }),
        });
      } catch (error) {
        if (error instanceof BinaryNotFoundError) throw new ProgramError(`The executor has no ${name}: ${error.message}.`, 'none', '');
        if (error instanceof ProcessStartError) throw new ProgramError(error.message, 'none', '');
        throw error;
      }
      if (ended.exitCode === 0 && !ended.truncated) return ended;
      throw new ProgramError(explain(name, ended, { cluster: cluster.name, kubeconfig, timeoutMilliseconds }), effectOf(ended), ended.stderr);
    },
  };
}

/** Names of owners and of manifests are whatever somebody wrote there: none may become a flag, a list or a kind of its own. */
function refuseStrange(resource: string, name: string): void {
  if (!/^[a-z]{1,63}$|^[a-z][a-z0-9]{0,62}\.v[0-9][a-z0-9]{0,20}(?:\.[a-z0-9][a-z0-9-]{0,62}){2,}$/.test(resource) || !objectName.safeParse(name).success) throw new ProgramError(`${plain(`${resource} ${name}`)} is not the name of an object.`, 'none', '');
}

function parseObject(text: string): JsonObject {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ProgramError('kubectl did not print an object.', 'unknown', '');
  return value as JsonObject;
}

/** Its own error would quote what it was given. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
