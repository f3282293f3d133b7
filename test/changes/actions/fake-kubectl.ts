/** A `run` that answers as kubectl in front of a small API server would: get, patch, replace, delete --raw, dry runs. Starts nothing. */
import { randomUUID } from 'node:crypto';
import { RefusedError } from '../../../src/changes/errors.ts';
import type { Json, JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { sameJson } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { selects } from '../../../src/changes/actions/kubectl/ownership.ts';
import { applyOperations } from '../../../src/changes/actions/patch/apply.ts';
import type { RunOptions, RunResult } from '../../../src/process/run.ts';
import { ended } from '../../tools/kubectl/support.ts';

interface Eviction {
  deleteOptions: { preconditions: { uid: string } };
}

type Stored = JsonObject & { metadata: JsonObject };

export interface FakeKubectl {
  run(options: RunOptions): Promise<RunResult>;
  /** Every start, oldest first. */
  started: RunOptions[];
  put(resource: string, object: JsonObject): void;
  get(resource: string, name: string): Stored | undefined;
  modify(resource: string, name: string, change: (copy: Stored) => void): void;
  /** Answers the next write: before it (nothing stored) or after it. */
  interfere: { when: 'before' | 'after'; result: Partial<RunResult> } | undefined;
  /** What admission makes of an object that is replaced. */
  admit?: ((object: JsonObject, dryRun: boolean) => JsonObject) | undefined;
}

const plurals: Record<string, string> = { ingresses: 'ingress', networkpolicies: 'networkpolicy' };
const singular = (resource: string): string => plurals[resource] ?? resource.replace(/s$/, '');

export function fakeKubectl(): FakeKubectl {
  const objects = new Map<string, Stored>();
  const started: RunOptions[] = [];
  let version = 100;

  function store(key: string, object: JsonObject, before?: Stored): Stored {
    version += 1;
    const next = structuredClone(object) as Stored;
    const counts = next['kind'] !== 'ConfigMap' && next['kind'] !== 'Secret' && next['kind'] !== 'Node' && next['kind'] !== 'Pod' && next['kind'] !== 'Service';
    const generation = Number(before?.metadata['generation'] ?? 0) + (before && sameJson(before['spec'], next['spec']) ? 0 : 1);
    next.metadata = { uid: randomUUID(), ...next.metadata, resourceVersion: String(version), ...(counts && { generation }) };
    objects.set(key, withStatus(next, generation));
    return objects.get(key) as Stored;
  }

  const fake: FakeKubectl = {
    started,
    interfere: undefined,
    put: (resource, object) => void store(`${resource}/${(object['metadata'] as JsonObject)['name'] as string}`, object),
    get: (resource, name) => structuredClone(objects.get(`${resource}/${name}`)),
    modify(resource, name, change) {
      const before = objects.get(`${resource}/${name}`);
      if (!before) throw new Error(`there is no ${resource} ${name}`);
      const copy = structuredClone(before);
      change(copy);
      store(`${resource}/${name}`, copy, before);
    },
    async run(options) {
      started.push(options);
      const dryRun = options.argv.includes('--dry-run=server') || options.argv.some((argument) => argument.endsWith('dryRun=All'));
      const words = positional(options.argv);
      const write = words[0] !== 'get' && !dryRun;
      const { interfere } = fake;
      if (write) fake.interfere = undefined;
      if (write && interfere?.when === 'before') return ended(interfere.result);
      const answer = respond(words, options, dryRun);
      return write && interfere?.when === 'after' ? ended(interfere.result) : answer;
    },
  };

  function respond([verb, ...words]: string[], { argv, stdin }: RunOptions, dryRun: boolean): RunResult {
    const [resource = '', name] = words;
    if (verb === 'get' && name === undefined) return list(resource, argv.find((argument) => argument.startsWith('--selector='))?.slice(11), argv.find((argument) => argument.startsWith('--field-selector=spec.nodeName='))?.slice(31));
    if (verb === 'get') return json(objects.get(`${resource}/${name}`), resource, name);
    if (verb === 'patch') return patch(`${resource}/${name}`, JSON.parse(argv[argv.indexOf('-p') + 1] ?? '[]') as Json[], dryRun);
    if (verb === 'replace') return replace(JSON.parse(stdin ?? '{}') as Stored, dryRun);
    if (verb === 'delete') return remove((argv[argv.indexOf('--raw') + 1] ?? '').replace(/\?.*/, ''), JSON.parse(stdin ?? '{}') as { preconditions: { uid: string } }, dryRun);
    if (verb === 'create' && argv.includes('--raw')) return evict((argv[argv.indexOf('--raw') + 1] ?? '').replace(/\?.*/, ''), JSON.parse(stdin ?? '{}') as Eviction, dryRun);
    if (verb === 'create') return create(JSON.parse(stdin ?? '{}') as Stored, dryRun);
    throw new Error(`unexpected: ${argv.join(' ')}`);
  }

  function list(resource: string, selector: string | undefined, node: string | undefined): RunResult {
    const wanted = (selector ?? '').split(',').filter(Boolean).map((one) => one.split('='));
    const items = [...objects].filter(([key]) => resource.split(',').some((one) => key.startsWith(`${singular(one)}/`))).map(([, object]) => object)
      .filter((object) => wanted.every(([key = '', value]) => (object.metadata['labels'] as JsonObject | undefined)?.[key] === value))
      .filter((object) => node === undefined || (object['spec'] as JsonObject)['nodeName'] === node);
    return ended({ stdout: JSON.stringify({ kind: 'List', items }) });
  }

  function patch(key: string, operations: Json[], dryRun: boolean): RunResult {
    const before = objects.get(key);
    if (!before) return json(undefined, ...(key.split('/') as [string, string]));
    try {
      const next = applyOperations(before, operations) as Stored;
      if (dryRun) return ended({ stdout: JSON.stringify(next) });
      return ended({ stdout: JSON.stringify(store(key, next, before)) });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return ended({ exitCode: 1, stderr: 'The request is invalid: the server rejected our request due to an error in our request\n' });
    }
  }

  function replace(next: Stored, dryRun: boolean): RunResult {
    const key = `${String(next['kind']).toLowerCase()}/${String(next.metadata['name'])}`;
    const before = objects.get(key);
    if (!before || before.metadata['uid'] !== next.metadata['uid'] || before.metadata['resourceVersion'] !== next.metadata['resourceVersion']) {
      return ended({ exitCode: 1, stderr: `Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on ${key}: the object has been modified; please apply your changes to the latest version and try again\n` });
    }
    const admitted = fake.admit?.(next, dryRun) ?? next;
    return ended({ stdout: JSON.stringify(dryRun ? admitted : store(key, admitted, before)) });
  }

  function create(object: Stored, dryRun: boolean): RunResult {
    const key = `${String(object['kind']).toLowerCase()}/${String(object.metadata['name'])}`;
    if (objects.has(key)) return ended({ exitCode: 1, stderr: `Error from server (AlreadyExists): error when creating "STDIN": ${key} already exists\n` });
    return ended({ stdout: JSON.stringify(dryRun ? { ...object, metadata: { ...object.metadata, uid: 'of a dry run' } } : store(key, object)) });
  }

  function remove(path: string, { preconditions }: { preconditions: { uid: string } }, dryRun: boolean): RunResult {
    const name = path.split('/').at(-1) ?? '';
    const pod = objects.get(`pod/${name}`);
    if (!pod) return json(undefined, 'pods', name);
    if (pod.metadata['uid'] !== preconditions.uid) return ended({ exitCode: 1, stderr: `Error from server (Conflict): Operation cannot be fulfilled on pods "${name}": Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${String(pod.metadata['uid'])}\n` });
    if (!dryRun) {
      objects.delete(`pod/${name}`);
      store(`pod/${name}x`, { ...pod, metadata: { ...pod.metadata, name: `${name}x`, uid: randomUUID() } });
    }
    return ended({ stdout: JSON.stringify(pod) });
  }

  /** Budgets are asked first; those with `disruptionsAllowed` count down. */
  function evict(path: string, { deleteOptions }: Eviction, dryRun: boolean): RunResult {
    const name = path.split('/').at(-2) ?? '';
    const labels = (objects.get(`pod/${name}`)?.metadata['labels'] ?? {}) as Record<string, string>;
    const budget = [...objects].find(([key, object]) => key.startsWith('poddisruptionbudget/') && selects((object['spec'] as JsonObject)['selector'], labels));
    const status = budget?.[1]['status'] as { disruptionsAllowed: number } | undefined;
    if (status !== undefined && status.disruptionsAllowed < 1) return ended({ exitCode: 1, stderr: "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n" });
    const answer = remove(path.replace(/\/eviction$/, ''), deleteOptions, dryRun);
    if (status !== undefined && !dryRun && answer.exitCode === 0) status.disruptionsAllowed -= 1;
    return answer;
  }

  return fake;
}

function json(object: Stored | undefined, resource: string, name: string | undefined): RunResult {
  return object ? ended({ stdout: JSON.stringify(object) }) : ended({ exitCode: 1, stderr: `Error from server (NotFound): ${resource}s "${name}" not found\n` });
}

/** As if controllers had done their work at once. */
function withStatus(object: Stored, generation: number): Stored {
  const spec = (object['spec'] ?? {}) as JsonObject;
  if (object['kind'] === 'Job' && object['status'] === undefined) return { ...object, status: { succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] } };
  if (object['kind'] !== 'Deployment' && object['kind'] !== 'StatefulSet') return object;
  const pods = Number(spec['replicas'] ?? 1);
  return { ...object, status: { observedGeneration: generation, replicas: pods, updatedReplicas: pods, readyReplicas: pods, availableReplicas: pods } };
}

/** Without flags and their values. */
function positional(argv: readonly string[]): string[] {
  return argv.filter((argument, index) => !argument.startsWith('-') && !['-n', '-p', '-f', '--raw', '--context'].includes(argv[index - 1] ?? ''));
}
