/** Programs that the API server refuses what they need: their own logs say what. */
import type { FindingBody, Quote } from '../../incident/types.ts';
import type { AccessRole } from '../object-readings.ts';
import { quoteLine } from '../quotes.ts';
import { driftFor, driftQuotes } from './drift.ts';
import { driftText } from './drift-words.ts';
import { namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

export const permissions = namespaceRule('permission-missing', (scope) => {
  const refusals = new Map(refusalsIn(scope).map((one) => [`${one.account} ${one.verb} ${one.resource}`, one]));
  const found = new Map<string, { refusal: Refusal; more: Refusal[] }>();
  for (const refusal of refusals.values()) {
    const known = found.get(refusal.account);
    if (known === undefined) found.set(refusal.account, { refusal, more: [] });
    else known.more.push(refusal);
  }
  return [...found.values()].map(({ refusal, more }) => describe(scope, refusal, more));
});

interface Refusal {
  account: string;
  verb: string;
  resource: string;
  group: string;
  quote: Quote[];
}

/** `flashsales.shop.example is forbidden: User "system:serviceaccount:shop:operator" cannot list resource "flashsales" in API group "shop.example" ...` */
const refused = /User \\?"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)\\?" cannot (\w+) resource \\?"([a-z0-9/.-]+)\\?"(?: in API group \\?"([a-z0-9.-]*)\\?")?/;

function refusalsIn({ namespace }: Scope): Refusal[] {
  return namespace.logs.flatMap(({ value, evidence }) => value.lines.slice(-newest).flatMap((line): Refusal[] => {
    const [, space, account, verb, resource, group = ''] = refused.exec(line) ?? [];
    if (space !== namespace.namespace || account === undefined || verb === undefined || resource === undefined || !evidence.text.includes(line.trim())) return [];
    return [{ account, verb, resource, group, quote: quoteLine(evidence, line.trim()) }];
  }));
}

/** What was refused long before has been got over. */
const newest = 30;

function describe(scope: Scope, refusal: Refusal, more: readonly Refusal[]): FindingBody {
  const role = roleOf(scope, refusal);
  const drift = role === undefined ? undefined : driftFor(scope, 'role', role.name);
  const needs = [refusal, ...more].slice(0, 3).map(({ verb, resource }) => `${verb} ${resource}`).join(', ');
  return {
    severity: 'critical',
    resource: role === undefined ? resourceOf(scope, 'serviceaccount', refusal.account) : resourceOf(scope, 'role', role.name),
    mechanism: 'permission-missing',
    title: `${refusal.account} may not ${needs}: ${role === undefined ? 'no Role that is bound to it allows it' : `Role ${role.name} lacks it`}`,
    explanation: `The API server refuses what its program asks for, so it runs and gets nothing done. ${drift === undefined ? '' : `The Role is not as it was last applied: ${drift.fields.slice(0, 3).map(driftText).join('; ')}. `}Rights are not given from here: a person with the right to do so puts the verb back, and no more than that.`,
    confidence: drift === undefined ? 0.88 : 0.96,
    quotes: [...refusal.quote, ...(drift === undefined ? [] : driftQuotes(scope, drift)), ...(role === undefined ? [] : quoteLine(scope.namespace.access?.evidence, `role ${role.name}:`))].slice(0, 5),
  };
}

/** Of the Roles bound to the account: one that was changed, else one about that resource, else the only one. */
function roleOf(scope: Scope, { account, resource, group }: Refusal): AccessRole | undefined {
  const access = scope.namespace.access?.value;
  if (access === undefined) return undefined;
  const names = access.bindings.filter((one) => one.role.kind === 'Role' && one.accounts.some(({ name, namespace }) => name === account && (namespace === '' || namespace === scope.namespace.namespace))).map((one) => one.role.name);
  const roles = access.roles.filter((one) => names.includes(one.name));
  const about = (one: AccessRole): boolean => one.rules.some((rule) => (rule.resources.includes(resource) || rule.resources.includes('*')) && (rule.groups.includes(group) || rule.groups.includes('*')));
  return roles.find((one) => driftFor(scope, 'role', one.name) !== undefined) ?? roles.find(about) ?? (roles.length === 1 ? roles[0] : undefined);
}
