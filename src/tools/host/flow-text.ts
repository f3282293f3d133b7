/** The way of a new connection through the tables of a host, in words. Pure. */
import type { Flow, Step } from '../../packet-filter/flow.ts';
import { targetOf, walkChains } from '../../packet-filter/flow.ts';
import type { SavedTable } from '../../packet-filter/saved.ts';
import type { Chain } from '../../packet-filter/table.ts';

export type Direction = 'in' | 'out' | 'through';

const filterChain: Record<Direction, string> = { in: 'INPUT', out: 'OUTPUT', through: 'FORWARD' };
const otherChains: Record<Direction, readonly string[]> = { in: ['PREROUTING', 'INPUT'], out: ['OUTPUT', 'POSTROUTING'], through: ['PREROUTING', 'FORWARD', 'POSTROUTING'] };
const mostNftLines = 150;

export function showFlow(chains: readonly Chain[], { direction, flow }: { direction: Direction; flow: Flow }, others: { tables: readonly SavedTable[]; nft: string; problem?: string }): string {
  const rewritten = others.tables.filter(({ name }) => name === 'nat').flatMap((table) => otherChains[direction].map((chain) => walkChains(table.chains, chain, flow))).flatMap(({ steps }) => steps).filter(({ rule }) => /^(?:DNAT|REDIRECT)$/.test(targetOf(rule).name));
  const nft = others.nft.split('\n').filter((line) => line.trim() !== '');
  return [
    `a new connection ${wordsOf(flow)}`,
    ...chainText('filter', chains, filterChain[direction], flow),
    ...others.tables.flatMap((table) => otherChains[direction].flatMap((chain) => (table.chains.some(({ name, rules }) => name === chain && rules.length > 0) ? chainText(table.name, table.chains, chain, flow) : []))),
    ...(rewritten.length > 0 ? ['The nat table may send it elsewhere: then the filter table sees the new destination, so ask again with that one.'] : []),
    ...(nft.length > 0 ? ['tables of nftables that iptables does not look after (all of them count, a drop in any of them drops):', ...nft.slice(0, mostNftLines).map((line) => `  ${line}`), ...(nft.length > mostNftLines ? [`  (${nft.length - mostNftLines} more lines)`] : [])] : []),
    ...(others.problem === undefined ? [] : [`could not be read: the other tables (${others.problem})`]),
  ].join('\n');
}

function chainText(table: string, chains: readonly Chain[], first: string, flow: Flow): string[] {
  const { steps, decision, possible } = walkChains(chains, first, flow);
  const policy = chains.find(({ name }) => name === first)?.policy ?? '-';
  return [
    `table ${table}, chain ${first} (policy ${policy}):${steps.length === 0 ? ' no rule matches' : ''}`,
    ...steps.map((step) => `  ${placeOf(step)}. ${step.rule.text} [${step.rule.packets} packets]${step.certain ? '' : ' (may match)'}`),
    ...(possible.length > 0 ? [`  may be decided by ${possible.map((step) => `${placeOf(step)}: ${targetOf(step.rule).name}`).join(', or by ')}`] : []),
    `  ${decision === undefined ? 'not followed to the end: too many rules' : `${possible.length > 0 ? 'otherwise ' : ''}decided by ${decision.by ? `${placeOf(decision.by)}: ${decision.target}` : `the policy: ${decision.target}`}`}`,
  ];
}

function placeOf({ chain, number }: Step): string {
  return `${chain} ${number}`;
}

function wordsOf({ source, destination, protocol, destinationPort, inInterface, outInterface }: Flow): string {
  return [
    `from ${source?.canonical ?? 'anywhere'} to ${destination?.canonical ?? 'anywhere'}`,
    ...(protocol === undefined ? [] : [protocol]), ...(destinationPort === undefined ? [] : [`port ${destinationPort}`]),
    ...(inInterface === undefined ? [] : [`in by ${inInterface}`]), ...(outInterface === undefined ? [] : [`out by ${outInterface}`]),
  ].join(', ');
}
