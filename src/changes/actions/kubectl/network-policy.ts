/** What a change of a NetworkPolicy means in words: which pods it is about, and which of their connections open or close. */
import type { Facts } from '../../change.ts';
import { plain, plural } from '../words.ts';
import type { Json, JsonObject } from './json-patch.ts';
import { isObject, sameJson } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { ProgramError } from './kubectl.ts';
import { listAt, nameOf, textAt, textsAt } from './objects.ts';
import { selects } from './ownership.ts';

type Spec = Json | undefined;
type Direction = 'Ingress' | 'Egress';

export interface PolicyEffect {
  notes: string[];
  reach: string;
  facts: Pick<Facts, 'selectedPods'>;
}

/** Of policy `name`, whose spec is `before` now and becomes `after`; undefined: there is none. */
export async function policyEffect(name: string, before: Spec, after: Spec, kubectl: Kubectl): Promise<PolicyEffect> {
  const read = await Promise.all([kubectl.list('pods'), kubectl.list('networkpolicies')]).catch((error: unknown) => {
    if (error instanceof ProgramError) return undefined;
    throw error;
  });
  const rules = (['Ingress', 'Egress'] as const).flatMap((direction) => ruleWords(direction, before, after));
  if (read === undefined) return { notes: ['Which pods it selects could not be read.', ...rules], reach: 'pods of the namespace; which, could not be read', facts: {} };
  const pods = read[0].filter((pod) => !/^(?:Succeeded|Failed)$/.test(textAt(pod, '/status/phase') ?? ''));
  const others = read[1].filter((policy) => nameOf(policy) !== name).map((policy) => policy['spec']);
  const selected = (spec: Spec): JsonObject[] => pods.filter((pod) => isAbout(spec, pod));
  const [was, willBe] = [selected(before), selected(after)];
  return {
    notes: [
      ...(before === undefined ? [] : [`It selects ${namesOf(was)} of ${pods.length} now.`]),
      ...(after === undefined ? [] : [`${before === undefined ? 'It selects' : 'Afterwards'} ${namesOf(willBe)} of ${pods.length}.`]),
      ...(['Ingress', 'Egress'] as const).flatMap((direction) => isolationWords(direction, { before, after, pods, others })),
      ...rules,
    ],
    reach: `the connections of ${namesOf([...new Set([...was, ...willBe])])}`,
    facts: { selectedPods: { before: was.length, after: willBe.length } },
  };
}

/** For the risk. */
export function connectionsReason({ before, after }: NonNullable<Facts['selectedPods']>): string {
  return `it decides which connections of ${plural(Math.max(before, after), 'pod')} are let through`;
}

function namesOf(pods: readonly JsonObject[]): string {
  const names = pods.slice(0, 5).map((pod) => plain(nameOf(pod), 80)).join(', ');
  return `${plural(pods.length, 'pod')}${names === '' ? '' : ` (${names}${pods.length > 5 ? ' and more' : ''})`}`;
}

const isAbout = (spec: Spec, pod: JsonObject): boolean => isObject(spec) && selects(spec['podSelector'] ?? {}, textsAt(pod, '/metadata/labels'));

/** As the API server fills it in: what comes in always, what goes out where there are rules for it. */
function hasDirection(spec: Spec, direction: Direction): boolean {
  if (!isObject(spec)) return false;
  const { policyTypes } = spec;
  return Array.isArray(policyTypes) && policyTypes.length > 0 ? policyTypes.includes(direction) : direction === 'Ingress' || (Array.isArray(spec['egress']) && spec['egress'].length > 0);
}

const words: Record<Direction, { connections: string; peers: string; field: 'ingress' | 'egress'; peer: 'from' | 'to' }> = {
  Ingress: { connections: 'Connections to', peers: 'from', field: 'ingress', peer: 'from' },
  Egress: { connections: 'Connections from', peers: 'to', field: 'egress', peer: 'to' },
};

/** A pod without any policy for a direction takes everything; the first one closes all that none names. */
function isolationWords(direction: Direction, { before, after, pods, others }: { before: Spec; after: Spec; pods: readonly JsonObject[]; others: readonly Spec[] }): string[] {
  const held = (spec: Spec, pod: JsonObject): boolean => hasDirection(spec, direction) && isAbout(spec, pod);
  const alone = pods.filter((pod) => !others.some((other) => held(other, pod)));
  const closed = alone.filter((pod) => !held(before, pod) && held(after, pod));
  const open = alone.filter((pod) => held(before, pod) && !held(after, pod));
  const { connections } = words[direction];
  return [
    ...(closed.length > 0 ? [`${connections} ${namesOf(closed)} close but for what this policy names: no other policy says anything about them.`] : []),
    ...(open.length > 0 ? [`${connections} ${namesOf(open)} open altogether: no other policy says anything about them.`] : []),
  ];
}

function ruleWords(direction: Direction, before: Spec, after: Spec): string[] {
  const { field, connections } = words[direction];
  const rules = (spec: Spec): JsonObject[] => (isObject(spec) && hasDirection(spec, direction) ? listAt(spec, `/${field}`) : []);
  const [was, willBe] = [rules(before), rules(after)];
  const only = (some: readonly JsonObject[], without: readonly JsonObject[]): JsonObject[] => some.filter((one) => !without.some((other) => sameJson(one, other)));
  const line = (verb: string, rule: JsonObject): string => `${verb}: ${connections.toLowerCase()} the pods ${peersOf(rule, direction)}, ${portsOf(rule)}.`;
  return [
    ...only(was, willBe).map((rule) => line('Closes, unless another rule lets it in', rule)),
    ...only(willBe, was).map((rule) => line('Opens', rule)),
  ];
}

function peersOf(rule: JsonObject, direction: Direction): string {
  const { peer, peers } = words[direction];
  const named = listAt(rule, `/${peer}`).map((one) => {
    const block = one['ipBlock'];
    if (isObject(block)) return `${String(block['cidr'])}${Array.isArray(block['except']) && block['except'].length > 0 ? ` but not ${block['except'].join(', ')}` : ''}`;
    const podWords = one['podSelector'] === undefined ? 'all pods' : selectorWords(one['podSelector'], 'pods');
    return one['namespaceSelector'] === undefined ? `${podWords} of the namespace` : `${podWords} in ${selectorWords(one['namespaceSelector'], 'namespaces')}`;
  });
  return plain(`${peers} ${named.length === 0 ? 'anywhere' : named.join(' or ')}`, 300);
}

function selectorWords(selector: Json | undefined, noun: string): string {
  const labels = Object.entries(textsAt(selector ?? {}, '/matchLabels')).map(([key, value]) => `${key}=${value}`);
  const expressions = listAt(selector ?? {}, '/matchExpressions').map((one) => `${String(one['key'])} ${String(one['operator'])}${Array.isArray(one['values']) ? ` (${one['values'].join(', ')})` : ''}`);
  const all = [...labels, ...expressions];
  return all.length === 0 ? `all ${noun}` : `${noun} with ${all.join(', ')}`;
}

function portsOf(rule: JsonObject): string {
  const ports = listAt(rule, '/ports').map((one) => `${typeof one['protocol'] === 'string' ? one['protocol'] : 'TCP'} ${one['port'] === undefined ? 'all ports' : String(one['port'])}${typeof one['endPort'] === 'number' ? `-${one['endPort']}` : ''}`);
  return plain(ports.length === 0 ? 'on every port' : `on ${ports.join(', ')}`, 200);
}
