/** Every text field of every kind of action, against what an attacker would put there. New kinds are held to it by being in the union. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/agents/claude/action-catalog.ts';
import { actionSchema } from '../../src/changes/action.ts';

/** Values that stand in JSON, in a quoted literal or in a file that code writes, and are held to more in prepare: not names. */
const free = new Set([
  'http.operation parameters.*', 'kubectl.set_env value', 'kubectl.configmap_key value', 'kubectl.metadata value', 'kubectl.patch patch', 'kubectl.patch_custom patch', 'kubectl.create_object manifest', 'helm.upgrade_value value', 'coredns.corefile value', 'postgres.alter_setting value', 'postgres.terminate_backend sessions[].backend_start', 'postgres.rows where[].value', 'postgres.rows where[].value[]', 'postgres.rows set.*', 'mysql.rows where[].value', 'mysql.rows where[].value[]', 'mysql.rows set.*', 'iptables.rule rule.comment',
]);

const flags = ['--kubeconfig=/tmp/x', '--as=system:admin', '--server=https://evil.example', '-f/etc/passwd', '-o=go-template-file=/etc/passwd', '--force', '-', '--', '-w', '--token=x', '--post-renderer=x', '-Z', '--modprobe=/tmp/x', '-j'];
const shells = ['; rm -rf /', '$(id)', '`id`', 'a|b', 'a&&b', '> /etc/passwd', '${HOME}', "'; DROP TABLE x; --", '"; SELECT 1; --', "x' OR '1'='1", '\\! id', '*', '?', '~root', '!!'];
const shapes = ['', ' ', ' a', 'a b', 'a\nb', 'a\u0000b', 'a\tb', '\u202Ename', 'a\u200Bb', 'n\u0430me', '\u00E4', '../x', 'a/../b', '/etc/passwd', '%2e%2e', 'a?b', 'a#b', '@x', 'file:///etc/passwd', 'http://169.254.169.254/', '[::1]', '{{x}}', '<!channel>', 'x'.repeat(100_000)];
const hostile = [...flags, ...shells, ...shapes];

interface Place {
  kind: string;
  path: string;
  /** Only words of a list are taken. */
  listed: boolean;
  put(value: unknown): Record<string, unknown>;
}

const places: Place[] = actionSchema.options.flatMap((option) => {
  const json = z.toJSONSchema(option, { io: 'input', reused: 'inline' }) as Json;
  const kind = String(json.properties?.['kind']?.const);
  return stringsIn(json, '', kind).filter(({ path }) => path !== 'kind');
});

function stringsIn(schema: Json, path: string, kind: string, wrap: (value: unknown) => unknown = (value) => value): Place[] {
  const whole = (value: unknown): Record<string, unknown> => wrap(value) as Record<string, unknown>;
  if (schema.type === 'string' || schema.enum) return [{ kind, path, listed: schema.enum !== undefined, put: whole }];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((choice) => stringsIn(choice, path, kind, wrap));
  if (schema.type === 'array') return stringsIn(schema.items ?? {}, `${path}[]`, kind, (value) => wrap([value]));
  if (schema.properties) {
    const example = exampleOf(schema) as Record<string, unknown>;
    return Object.entries(schema.properties).flatMap(([name, field]) => stringsIn(field, path === '' ? name : `${path}.${name}`, kind, (value) => wrap({ ...example, [name]: value })));
  }
  if (typeof schema.additionalProperties === 'object') return stringsIn(schema.additionalProperties, `${path}.*`, kind, (value) => wrap({ service: value }));
  return [];
}

/** Something of that shape; it need not be valid as a whole, since only the problem at the hostile place is looked at. */
function exampleOf(schema: Json): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return exampleOf(choices[0] ?? {});
  if (schema.type === 'array') return [exampleOf(schema.items ?? {})];
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.type === 'boolean') return true;
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, exampleOf(field)]));
  if (schema.type === 'object') return {};
  return 'a';
}

/** Whether the schema objects to exactly this place. */
function isRefused({ path, put }: Place, value: string): boolean {
  const parsed = actionSchema.safeParse(put(value));
  if (parsed.success) return false;
  const wanted = path.replaceAll('[]', '.0').replaceAll('*', 'service');
  return parsed.error.issues.some((issue) => touches(issue, wanted));
}

function touches(issue: z.core.$ZodIssue, wanted: string, above: readonly PropertyKey[] = []): boolean {
  const at = [...above, ...issue.path].map(String).join('.');
  if (at === wanted) return true;
  return issue.code === 'invalid_union' && issue.errors.flat().some((inner) => touches(inner, wanted, [...above, ...issue.path]));
}

describe('hostile text in a field', () => {
  const named = places.filter(({ kind, path }) => !free.has(`${kind} ${path}`));

  test('enough is tried', () => {
    expect(named.length * hostile.length).toBeGreaterThan(1000);
    expect(new Set(places.map(({ kind }) => kind)).size).toBe(actionSchema.options.length);
  });

  test.each(named.map((place) => [`${place.kind} ${place.path}`, place] as const))('%s takes none of it', (_name, place) => {
    expect(hostile.filter((value) => !isRefused(place, value))).toEqual([]);
  });

  test('every field that is free text is known to be', () => {
    const all = new Set(places.map(({ kind, path }) => `${kind} ${path}`));
    expect([...free].filter((name) => !all.has(name))).toEqual([]);
  });

  test('whatever is typed, a name that is let in begins no flag and holds no blank, quote or control character', () => {
    fc.assert(
      fc.property(fc.constantFrom(...named.filter(({ listed }) => !listed)), fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.tuple(fc.constantFrom(...hostile), fc.string({ maxLength: 5 })).map(([one, other]) => one.slice(0, 60) + other)), (place, value) => {
        if (isRefused(place, value)) return;
        expect(value).toMatch(/^[^-\s'"`;\\|&<>\p{Cc}\p{Cf}][^\s'"`;\\|&<>\p{Cc}\p{Cf}]*$/u);
      }),
      { numRuns: 2000 },
    );
  });
});

test('a field that no kind has is dropped', () => {
  const action = { kind: 'kubectl.cordon', target: 'production', name: 'node-1' };
  expect(actionSchema.parse({ ...action, force: true, argv: ['--force'], approved: true, risk: 'low', digest: 'x' })).toEqual(action);
});
