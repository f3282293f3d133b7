/** Whether NetworkPolicies let one pod reach another, as the API defines it, and why. Pure. */
import { BlockList, isIP } from 'node:net';
import type { Labels, LabelSelector, NetworkPolicy, PolicyPeer, PolicyRule } from '../../rules/cluster-readings.ts';
import { selects } from '../../rules/kubernetes/labels.ts';
import { ruleText, selectorText } from '../readings/cluster/lines.ts';

export interface Party {
  /** `deployment front`. */
  title: string;
  labels: Labels;
  namespace: string;
  /** Absent: not known beyond the name that every namespace carries. */
  namespaceLabels?: Labels;
  /** Of its pods. */
  addresses: readonly string[];
}

/** A port of the called pod: what a policy names. Without number and name: whichever it is. */
export interface PodPort {
  number?: number;
  name?: string;
  protocol: string;
}

export interface Verdict {
  /** Undefined: it hangs on something that was not seen. */
  allowed: boolean | undefined;
  /** Why, in one line or several. */
  lines: string[];
}

export type Direction = 'ingress' | 'egress';

/** `policies`: those of `own`'s namespace. Policies add up: one rule of one of them that allows is enough. */
export function judge(direction: Direction, policies: readonly NetworkPolicy[], own: Party, other: Party, port: PodPort): Verdict {
  const applying = policies.filter((one) => one[direction] !== undefined && selects(one.pods, own.labels));
  if (applying.length === 0) return { allowed: true, lines: [`no policy restricts ${direction} of ${own.title}`] };
  const judged = applying.flatMap((policy) => (policy[direction] ?? []).map((rule) => ({ policy, rule, fits: fits(rule, own, other, port) })));
  const allowing = judged.find((one) => one.fits === true);
  if (allowing !== undefined) return { allowed: true, lines: [`${allowing.policy.name} allows it: ${ruleText(allowing.rule)}`] };
  const unsure = judged.find((one) => one.fits === undefined);
  const list = applying.map((policy) => `${policy.name} (for pods ${selectorText(policy.pods) || 'all'}) allows ${(policy[direction] ?? []).map(ruleText).join('; ') || 'nothing'}`);
  if (unsure !== undefined) return { allowed: undefined, lines: [`${unsure.policy.name} may allow it, by labels of namespace ${other.namespace} that could not be read`, ...list] };
  return { allowed: false, lines: [`${applying.length === 1 ? 'the one policy' : `none of the ${applying.length} policies`} on ${direction} of ${own.title} ${applying.length === 1 ? 'does not allow' : 'allows'} ${other.title} on ${portText(port)}:`, ...list] };
}

export function portText({ number, name, protocol }: PodPort): string {
  return [protocol, number, name === undefined ? undefined : `(${name})`].filter((part) => part !== undefined).join(' ');
}

function fits({ peers, ports }: PolicyRule, own: Party, other: Party, port: PodPort): boolean | undefined {
  const portFits = ports.length === 0 || ports.some((one) => one.protocol === port.protocol && isPort(one, port));
  if (!portFits) return false;
  const answers = peers.map((peer) => isPeer(peer, own, other));
  if (peers.length === 0 || answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function isPort({ port, endPort }: PolicyRule['ports'][number], { number, name }: PodPort): boolean {
  if (port === undefined || (number === undefined && name === undefined)) return true;
  return typeof port === 'string' ? port === name : number !== undefined && number >= port && number <= (endPort ?? port);
}

function isPeer({ pods, namespaces, addresses, except = [] }: PolicyPeer, own: Party, other: Party): boolean | undefined {
  if (addresses !== undefined) return other.addresses.some((one) => isWithin(one, [addresses]) && !isWithin(one, except));
  if (pods !== undefined && !selects(pods, other.labels)) return false;
  if (namespaces === undefined) return own.namespace === other.namespace;
  return selectsNamespace(namespaces, other);
}

/** Every namespace carries its name as a label; more is known only when it could be read. */
function selectsNamespace(selector: LabelSelector, { namespace, namespaceLabels }: Party): boolean | undefined {
  const name = { [nameLabel]: namespace };
  if (namespaceLabels !== undefined) return selects(selector, { ...name, ...namespaceLabels });
  const known = Object.keys(selector.labels).every((key) => key === nameLabel) && selector.expressions.every((one) => one.key === nameLabel);
  return known ? selects(selector, name) : undefined;
}

const nameLabel = 'kubernetes.io/metadata.name';

function isWithin(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [, network = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(range) ?? [];
    const family = isIP(network);
    if (family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)) list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
