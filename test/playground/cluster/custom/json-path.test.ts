import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePath } from '../../../../playground/cluster/custom/json-path.ts';

const object = {
  spec: { replicas: 3, 'dotted.name': 'x', list: ['a', 'b', 'c'] },
  status: { conditions: [{ type: 'Ready', status: 'True', count: 1 }, { type: 'Stalled', status: 'False', count: 5 }] },
};

test.each<[string, unknown[]]>([
  ['.spec.replicas', [3]],
  ['{.spec.replicas}', [3]],
  ['$.spec.replicas', [3]],
  ['.spec.missing.deeper', []],
  ['.spec[\'dotted.name\']', ['x']],
  ['.spec.dotted\\.name', ['x']],
  ['.spec.list[0]', ['a']],
  ['.spec.list[-1]', ['c']],
  ['.spec.list[9]', []],
  ['.spec.list[*]', ['a', 'b', 'c']],
  ['.status.conditions[*].type', ['Ready', 'Stalled']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ['.status.conditions[?(@.type == \'Stalled\')].status', ['False']],
  ['.status.conditions[?(@.type!="Ready")].type', ['Stalled']],
  ['.status.conditions[?(@.count>2)].type', ['Stalled']],
  ['.status.conditions[?(@.type=="Other")].status', []],
  ['.status.conditions[?(@.none)].type', []],
  ['.spec[', []],
  ['.', [object]],
])('%s', (path, found) => expect(compilePath(path)(object)).toEqual(found));

test('no path and no value make it fail', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[.[\]*?@()='"a-c0-9]*$/)), fc.jsonValue(), (path, value) => {
    expect(compilePath(path)(value)).toBeInstanceOf(Array);
  }));
});
