/** Which fields of an action a person can type, and what comes of what is typed. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkView } from '../../playground/workspace/validation/views.ts';
import type { Action } from '../../src/changes/action.ts';
import { actionSchema } from '../../src/changes/action.ts';
import { movedIdentity } from '../../src/changes/identity-fields.ts';
import { editableFields, readFields } from '../../src/slack/blocks/edit-fields.ts';
import { editModal, errorsAt, typedIn } from '../../src/slack/blocks/edit-modal.ts';
import { samples } from '../changes/actions/kubectl-samples.ts';
import { storyChange } from '../support/story.ts';

const shop = { target: 'production', namespace: 'shop' } as const;
const actions: Action[] = [
  ...(Object.values(samples) as Action[]),
  { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id', 'created_at'] },
  { kind: 'postgres.terminate_backend', target: 'shop', sessions: [{ pid: 4711, backend_start: '2026-11-22 11:58:01+00' }] },
  { kind: 'postgres.alter_setting', target: 'shop', scope: 'system', setting: 'work_mem', value: null },
  { kind: 'http.operation', operation: 'set-flag', parameters: { service: 'checkout', flag: 'fast', value: 'on' } },
  { kind: 'helm.upgrade_value', ...shop, release: 'shop', key: 'replicas', value: 3 },
  { kind: 'helm.rollback', ...shop, release: 'shop', to_revision: 3 },
  { kind: 'change.undo', change: 'C4' },
];

const of = (kind: Action['kind']): Action => actions.find((action) => action.kind === kind)!;
const names = (kind: Action['kind']) => editableFields(of(kind)).map(({ name }) => name);
const unchanged = (action: Action) => Object.fromEntries(editableFields(action).map(({ name, initial }) => [name, initial]));
const typed = (kind: Action['kind'], values: Record<string, string>) => readFields(of(kind), { ...unchanged(of(kind)), ...values });

describe('the fields', () => {
  test('are those that say to what, never those that say what', () => {
    expect(names('kubectl.scale')).toEqual(['replicas']);
    expect(names('kubectl.set_image')).toEqual(['image']);
    expect(names('kubectl.set_env')).toEqual(['value']);
    expect(names('kubectl.set_resources')).toEqual(['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
    expect(names('postgres.create_index')).toContain('columns');
    expect(names('postgres.alter_setting')).toEqual(['value']);
    expect(names('http.operation')).toEqual(['flag', 'value'].map((name) => `parameters.${name}`));
    expect(names('helm.rollback')).toEqual(['to_revision']);
  });

  test('of what only names a thing, of references to secrets and of an undo there are none', () => {
    for (const kind of ['kubectl.rollout_restart', 'kubectl.delete_pod', 'kubectl.cordon', 'kubectl.secret_key', 'postgres.terminate_backend', 'change.undo'] as const) expect([kind, names(kind)]).toEqual([kind, []]);
  });

  test('too long for Slack, a value stays as it is', () => {
    expect(editableFields({ kind: 'kubectl.configmap_key', ...shop, name: 'c', key: 'k', value: 'x'.repeat(3001) })).toEqual([]);
    expect(editableFields({ kind: 'kubectl.configmap_key', ...shop, name: 'c', key: 'k', value: 'x'.repeat(3000) })).toHaveLength(1);
  });

  test.each(actions)('$kind: Slack takes the modal, and what it shows is what would run', (action) => {
    const modal = editModal(storyChange({ action }), { change: 'C4' });
    expect(checkView(JSON.parse(JSON.stringify(modal)))).toMatchObject({ ok: true });
    if (editableFields(action).length === 0) return;
    expect(readFields(action, unchanged(action))).toEqual({ problems: { [editableFields(action)[0]!.name]: expect.stringContaining('Nothing differs') } });
  });
});

describe('what is typed', () => {
  test('becomes the fields of an action of the same kind', () => {
    expect(typed('kubectl.scale', { replicas: ' 5 ' })).toMatchObject({ fields: { ...shop, workload: 'deployment', name: 'checkout', replicas: 5 } });
    expect(typed('kubectl.set_env', { value: '' })).toMatchObject({ fields: { variable: 'MODE', value: null } });
    expect(typed('postgres.alter_setting', { value: '64MB' })).toMatchObject({ fields: { setting: 'work_mem', value: '64MB' } });
    expect(typed('postgres.create_index', { columns: 'created_at\n\n customer_id ' })).toMatchObject({ fields: { columns: ['created_at', 'customer_id'] } });
    expect(typed('kubectl.set_resources', { 'limits.memory': '', 'requests.cpu': '250m' })).toEqual({ fields: { ...shop, workload: 'deployment', name: 'checkout', container: 'checkout', requests: { cpu: '250m' } } });
    expect(typed('helm.upgrade_value', { value: '5' })).toMatchObject({ fields: { key: 'replicas', value: 5 } });
    expect(typed('http.operation', { 'parameters.value': 'off' })).toEqual({ fields: { operation: 'set-flag', parameters: { service: 'checkout', flag: 'fast', value: 'off' } } });
  });

  test('wrong, is said at its field', () => {
    expect(typed('kubectl.scale', { replicas: 'three' })).toEqual({ problems: { replicas: 'must be a whole number' } });
    expect(typed('kubectl.scale', { replicas: '1.5' })).toEqual({ problems: { replicas: 'must be a whole number' } });
    expect(typed('kubectl.scale', { replicas: '100000' })).toEqual({ problems: { replicas: expect.any(String) } });
    expect(typed('kubectl.set_image', { image: '--force' })).toEqual({ problems: { image: expect.stringContaining('image reference') } });
    expect(typed('kubectl.set_resources', { 'limits.memory': 'much' })).toEqual({ problems: { 'limits.memory': expect.stringContaining('quantity') } });
    expect(typed('postgres.create_index', { columns: 'a; drop table orders' })).toMatchObject({ problems: { columns: expect.any(String) } });
  });

  test('white space at the ends is no edit, and is kept where it was', () => {
    const action: Action = { kind: 'kubectl.configmap_key', ...shop, name: 'c', key: 'k', value: 'a: 1\n' };
    expect(readFields(action, { value: 'a: 1' })).toMatchObject({ problems: { value: expect.stringContaining('Nothing differs') } });
    expect(readFields(action, { value: 'a: 2\r\nb: 3\n' })).toMatchObject({ fields: { value: 'a: 2\nb: 3\n' } });
  });

  test('whatever it is, changes nothing but the editable fields, and what is taken is an action', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', '0', '7', '-1', 'a\nb', '250m', 'v2', '{"spec":{}}', '__proto__', 'null'));
    fc.assert(
      fc.property(fc.constantFrom(...actions), fc.dictionary(fc.oneof(fc.constantFrom('target', 'kind', 'namespace', 'name', '__proto__', 'parameters.service', 'replicas', 'value', 'columns', 'limits.memory', 'image', 'patch'), fc.string()), text), (action, values) => {
        const before = JSON.stringify(action);
        const read = readFields(action, values);
        expect(JSON.stringify(action)).toBe(before);
        const after = 'fields' in read ? actionSchema.parse({ kind: action.kind, ...read.fields }) : action;
        expect('problems' in read ? Object.keys(read.problems).length : 1).toBeGreaterThan(0);
        expect(movedIdentity(action, after)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

test('problems stand at inputs that are there', () => {
  const fields = [{ name: 'requests.cpu' }, { name: 'columns' }];
  expect(errorsAt(fields, { 'columns.0': 'is no column', requests: 'unknown key', '': 'That looks like a secret.' })).toEqual({
    'field:columns': 'columns.0: is no column',
    'field:requests.cpu': 'requests: unknown key; That looks like a secret.',
  });
  expect(errorsAt(fields, { elsewhere: 'must stay' })).toEqual({ 'field:requests.cpu': 'elsewhere: must stay' });
});

test('what stands in the modal is read by field, of whatever sort its input is', () => {
  const values = { 'field:image': { value: { value: 'v2' } }, 'field:type': { value: { selected_option: { value: 'merge' } } }, 'field:none': { value: { value: null } }, other: { value: { value: 'x' } } };
  expect(typedIn(values)).toEqual({ image: 'v2', type: 'merge', none: undefined });
});
