/** The fake kubectl, with what whole objects need beside: create, delete by path, a list over several resources, definitions. Starts nothing. */
import { randomUUID } from 'node:crypto';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import type { RunOptions, RunResult } from '../../../src/process/run.ts';
import { ended } from '../../tools/kubectl/support.ts';
import type { FakeKubectl } from './fake-kubectl.ts';
import { openFakeWorld } from './cluster-world.ts';

export interface FakeObjects {
  fake: FakeKubectl;
  context: KindContext;
  /** What admission does to an object that is created; in a dry run too. */
  admit?: ((object: JsonObject, dryRun: boolean) => JsonObject) | undefined;
  /** Instead of the answer to the next write that counts. */
  lost?: { stored: boolean; result: Partial<RunResult> } | undefined;
  /** What lists over several resources show beside. */
  others: JsonObject[];
  started: RunOptions[];
}

const words: Record<string, string> = { ConfigMap: 'configmap', NetworkPolicy: 'networkpolicy', Service: 'service', Ingress: 'ingress', Widget: 'widgets.v1.example.com' };

export function openFakeObjects(): FakeObjects {
  const { fake, context } = openFakeWorld();
  for (const [plural, scope, group] of [['widgets', 'Namespaced', 'example.com'], ['worlds', 'Cluster', 'example.com'], ['rolebindings', 'Namespaced', 'rbac.authorization.k8s.io'], ['referencegrants', 'Namespaced', 'gateway.networking.k8s.io']]) {
    fake.put('customresourcedefinition', { metadata: { name: `${plural}.${group}` }, spec: { scope, names: { kind: plural === 'widgets' ? 'Widget' : 'World' }, versions: [{ name: 'v1', served: true }, { name: 'v0', served: false }] } } as JsonObject);
  }
  const world: FakeObjects = { fake, context, others: [], started: fake.started };

  function create(options: RunOptions, dryRun: boolean): RunResult {
    const given = JSON.parse(options.stdin ?? '{}') as JsonObject & { metadata: JsonObject };
    const word = words[String(given['kind'])] ?? 'other';
    if (fake.get(word, String(given.metadata['name']))) return ended({ exitCode: 1, stderr: `Error from server (AlreadyExists): error when creating "STDIN": ${word} "${String(given.metadata['name'])}" already exists\n` });
    const object = world.admit?.(given, dryRun) ?? given;
    if (dryRun) return ended({ stdout: JSON.stringify({ ...object, metadata: { ...(object['metadata'] as JsonObject), uid: randomUUID() } }) });
    const { lost } = world;
    world.lost = undefined;
    if (lost === undefined || lost.stored) fake.put(word, { ...object, metadata: { ...(object['metadata'] as JsonObject), managedFields: [{ manager: 'sre-agent', operation: 'Update' }] } });
    return lost === undefined ? ended({ stdout: JSON.stringify(fake.get(word, String(given.metadata['name']))) }) : ended(lost.result);
  }

  async function run(options: RunOptions): Promise<RunResult> {
    const { argv } = options;
    const dryRun = argv.includes('--dry-run=server') || argv.some((argument) => argument.endsWith('dryRun=All'));
    const raw = argv[argv.indexOf('--raw') + 1] ?? '';
    if (argv.includes('history')) return ended({ exitCode: 1, stderr: 'Error: release: not found\n' });
    if (argv.includes('create')) {
      fake.started.push(options);
      return create(options, dryRun);
    }
    if (argv.includes('get') && argv.includes('--raw')) {
      const resources: Record<string, JsonObject[]> = { '/apis/example.com/v1': [{ name: 'widgets', kind: 'Widget' }, { name: 'worlds', kind: 'World' }, { name: '--all', kind: 'Flag' }] };
      return resources[raw] ? ended({ stdout: JSON.stringify({ resources: resources[raw] }) }) : ended({ exitCode: 1, stderr: 'Error from server (NotFound): the server could not find the requested resource\n' });
    }
    if (argv.includes('delete') && dryRun) return ended({ stdout: '{}' });
    const list = argv.find((argument) => argument.includes(','));
    if (list !== undefined && argv.includes('get')) return ended({ stdout: JSON.stringify({ kind: 'List', items: world.others }) });
    return fake.run(options);
  }
  world.context = { ...context, run };
  return world;
}
