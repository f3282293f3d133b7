/** Rules that could cut off ssh or the agent of the host itself, or that open or close a whole chain: never from here. */
import type { Network } from './network.ts';
import { overlaps, parseNetwork } from './network.ts';
import { PlanError } from './plan.ts';
import type { Rule, RuleChange } from './rule.ts';
import { portRange } from './rule.ts';

/** What must stay reachable. */
export interface Lifelines {
  /** TCP ports of this host: ssh, the agent. */
  ports: readonly number[];
  /** Who is connected to them now, and networks that configuration names; a peer's port where it is known. */
  peers: readonly { network: Network; port?: number | undefined }[];
}

/** Throws PlanError when the rule must not be written from here. */
export function refuseDanger(change: RuleChange, lifelines: Lifelines): void {
  const { rule, operation, chain } = change;
  if (isBlanket(rule)) throw new PlanError(`It is about nearly all traffic of ${chain}: name a source, a destination or a port. What opens or closes a whole chain is done by hand.`);
  const closes = (operation === 'insert') === (rule.action !== 'ACCEPT');
  if (!closes || chain === 'FORWARD') return;
  const cut = (chain === 'OUTPUT' ? [outgoing] : chain === 'INPUT' ? [incoming] : [incoming, outgoing]).some((cuts) => cuts(rule, operation, lifelines));
  if (cut) throw new PlanError(`It could cut off ssh or the agent of this host (tcp ports ${lifelines.ports.join(', ')}): narrow it to another port, or to a source that does not use them. Such a rule is changed by hand, on the host.`);
}

function isBlanket({ source, destination, source_port: from, destination_port: to, state, in_interface: incomingInterface, action }: Rule): boolean {
  const narrow = [source, destination].some((text) => text !== undefined && !isBroad(text)) || [from, to].some((text) => text !== undefined && !isWide(text));
  if (narrow) return false;
  if (action === 'ACCEPT') return incomingInterface !== 'lo' && (state === undefined || state.some((each) => each !== 'ESTABLISHED' && each !== 'RELATED'));
  return state === undefined || state.some((each) => each !== 'INVALID');
}

function isBroad(text: string): boolean {
  const network = parseNetwork(text);
  return network === undefined || network.prefix < (network.family === 'ipv4' ? 8 : 16);
}

/** Of this many ports a rule is about nearly all of them. */
const manyPorts = 32_768;

function isWide(text: string): boolean {
  const [low, high] = portRange(text);
  return high - low >= manyPorts;
}

function incoming(rule: Rule, operation: RuleChange['operation'], { ports, peers }: Lifelines): boolean {
  if (!isForTcp(rule) || !ports.some((port) => within(port, rule.destination_port))) return false;
  return operation === 'delete' || reaches(rule.source, rule.source_port, peers);
}

function outgoing(rule: Rule, operation: RuleChange['operation'], { ports, peers }: Lifelines): boolean {
  if (!isForTcp(rule) || !ports.some((port) => within(port, rule.source_port))) return false;
  return operation === 'delete' || reaches(rule.destination, rule.destination_port, peers);
}

/** Whether a rule against the far side `address` and `port` meets somebody who needs this host. */
function reaches(address: string | undefined, port: string | undefined, peers: Lifelines['peers']): boolean {
  const network = address === undefined ? undefined : parseNetwork(address);
  if (address !== undefined && !network) return true;
  const meets = peers.some((peer) => (network === undefined || overlaps(network, peer.network)) && (peer.port === undefined || within(peer.port, port)));
  if (meets || network !== undefined) return meets;
  // From anywhere: only one port, as of a server elsewhere, is surely not where our visitors come from.
  const [low, high] = portRange(port);
  return low !== high && high >= 1024;
}

/** A state of INVALID is of no connection that works. */
function isForTcp({ protocol, state }: Rule): boolean {
  return (protocol === undefined || protocol === 'tcp') && (state === undefined || state.some((each) => each !== 'INVALID'));
}

function within(port: number, text: string | undefined): boolean {
  const [low, high] = portRange(text);
  return low <= port && port <= high;
}
