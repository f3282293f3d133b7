import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { StatusError } from '../../../../playground/cluster/api/status.ts';
import { formatSelector, matchesRequirements, matchesSelector, parseFieldSelector, parseLabelSelector } from '../../../../playground/cluster/objects/selectors.ts';

it.each([
  ['app=web', { app: 'web' }, true], ['app==web,tier!=db', { app: 'web' }, true], ['app in (a,b)', { app: 'b' }, true], ['app notin (a,b)', { app: 'b' }, false],
  ['app', { app: '' }, true], ['!app', { app: '' }, false], ['size>3', { size: '4' }, true], ['size<3', { size: '4' }, false], ['', {}, true], ['app=', { app: '' }, true],
])('%s on %j: %s', (text, labels, matches) => expect(matchesRequirements(parseLabelSelector(text), labels)).toBe(matches));

it.each(['=', 'a in', 'a in (', 'a b', 'a=b,', 'a=_', '-a', 'x>y'])('refuses %j', (text) => expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement:'));

it('takes an absent selector to match nothing, an empty one everything', () => {
  expect([matchesSelector(undefined, {}), matchesSelector({}, {})]).toEqual([false, true]);
});

it('reads back what it writes', () => {
  const name = fc.constantFrom('app', 'tier', 'example.com/role');
  const values = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
  const expression = fc.oneof(
    fc.record({ key: name, operator: fc.constantFrom('In', 'NotIn'), values }),
    fc.record({ key: name, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  );
  fc.assert(fc.property(fc.array(expression), fc.dictionary(name, fc.constantFrom('a', 'b', 'c', 'd')), (matchExpressions, labels) => {
    expect(matchesRequirements(parseLabelSelector(formatSelector({ matchExpressions })), labels)).toBe(matchesSelector({ matchExpressions }, labels));
  }));
});

it('throws nothing but StatusError', () => {
  fc.assert(fc.property(fc.string(), (text) => {
    for (const parse of [parseLabelSelector, parseFieldSelector]) {
      expect(() => refused(() => parse(text))).not.toThrow();
    }
  }));
});

/** Errors other than StatusError come through. */
function refused(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
