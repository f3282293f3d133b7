/** Interfaces, routes and neighbours (`ip -j`), and what ping said. Pure. */
import { z } from 'zod';
import type { HostAnswer, Section } from './request.ts';
import { textOf } from './request.ts';
import { payloads } from './sources.ts';

const counts = z.looseObject({ packets: z.number().default(0), errors: z.number().default(0), dropped: z.number().default(0), carrier_errors: z.number().default(0) });
const links = z.array(z.looseObject({
  ifname: z.string(),
  mtu: z.number().optional(),
  operstate: z.string().default('UNKNOWN'),
  addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).default([]),
  stats64: z.looseObject({ rx: counts, tx: counts }).optional(),
}));
const routes = z.array(z.looseObject({ dst: z.string(), gateway: z.string().optional(), dev: z.string().optional(), type: z.string().optional(), metric: z.number().optional() }));
const neighbours = z.array(z.looseObject({ dst: z.string(), dev: z.string().optional(), state: z.array(z.string()).default([]) }));

export function networkText({ sections }: HostAnswer): string {
  const found = parsed(links, textOf(sections, 'ip -j -s addr'));
  const way = [...(parsed(routes, textOf(sections, 'ip -j route')) ?? []), ...(parsed(routes, textOf(sections, 'ip -j -6 route')) ?? [])];
  const near = parsed(neighbours, textOf(sections, 'ip -j neigh')) ?? [];
  const lost = near.filter(({ state }) => state.includes('FAILED') || state.includes('INCOMPLETE'));
  const resolv = (textOf(sections, '/etc/resolv.conf') ?? '').split('\n').filter((line) => /^\s*(?:nameserver|search|domain|options)\b/.test(line));
  return [
    ...(found?.map(linkLine) ?? deviceLines(textOf(sections, '/proc/net/dev') ?? '')),
    ...way.slice(0, 60).map(({ dst, gateway, dev, type, metric }) => `route ${type === undefined ? '' : `${type} `}${dst}${gateway === undefined ? '' : ` via ${gateway}`}${dev === undefined ? '' : ` on ${dev}`}${metric === undefined ? '' : ` metric ${metric}`}`),
    ...(way.length > 60 ? [`(${way.length - 60} more routes)`] : []),
    ...(found && !way.some(({ dst }) => dst === 'default') ? ['THERE IS NO DEFAULT ROUTE'] : []),
    ...(near.length > 0 ? [`neighbours: ${near.length}, of which ${lost.length} do not answer${lost.length === 0 ? '' : ` (${lost.slice(0, 10).map(({ dst, dev }) => `${dst} on ${dev ?? '?'}`).join(', ')})`}`] : []),
    ...resolv.map((line) => `resolv.conf: ${line.trim()}`),
  ].join('\n');
}

function linkLine({ ifname, mtu, operstate, addr_info: addresses, stats64: stats }: z.output<typeof links>[number]): string {
  const errors = stats && [`received ${stats.rx.packets} packets, ${stats.rx.errors} errors, ${stats.rx.dropped} dropped`, `sent ${stats.tx.packets} packets, ${stats.tx.errors} errors, ${stats.tx.dropped} dropped, ${stats.tx.carrier_errors} carrier errors`];
  return `interface ${ifname}: ${operstate}, MTU ${mtu ?? '?'}, ${addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`).join(' ') || 'no address'}${errors ? `; ${errors.join('; ')}` : ''}`;
}

/** /proc/net/dev: where there is no ip. */
function deviceLines(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, name, numbers] = /^\s*([^\s:]+):\s*([\d\s]+)$/.exec(line) ?? [];
    const [, packets, errors, dropped, , , , , , sent, sentErrors, sentDropped] = (numbers ?? '').trim().split(/\s+/);
    return name === undefined || sentDropped === undefined ? [] : [`interface ${name}: received ${packets} packets, ${errors} errors, ${dropped} dropped; sent ${sent} packets, ${sentErrors} errors, ${sentDropped} dropped`];
  });
}

/** Of three packets, or of one packet of each size. */
export function pingText({ sections }: HostAnswer, pathMtu: boolean): { text: string; failed: boolean } {
  if (!pathMtu) {
    const [first] = sections;
    const loss = /(\d+(?:\.\d+)?)% packet loss/.exec(first?.text ?? '')?.[1];
    return { text: [first?.text.trim(), first?.problem].filter(Boolean).join('\n') || 'ping said nothing.', failed: loss === undefined || loss === '100' };
  }
  const sizes = sections.flatMap((section) => {
    const payload = payloads.find((size) => section.source.includes(` -s ${size} `));
    return payload === undefined ? [] : [{ payload, through: / 1 received/.test(section.text), says: saidOf(section) }];
  });
  const largest = Math.max(0, ...sizes.filter(({ through }) => through).map(({ payload }) => payload));
  const lines = sizes.map(({ payload, through, says }) => `payload ${payload} (a packet of ${payload + 28} bytes with IPv4): ${through ? 'answered' : says}`);
  const verdict = largest === 0 ? 'No size was answered: either no ping gets through, or the host is down.' : largest === payloads[0] ? 'Full packets of 1500 bytes get through.' : `Packets up to ${largest + 28} bytes get through, larger ones do not: small requests work and large answers hang, unless the senders learn of it.`;
  return { text: [...lines, verdict].join('\n'), failed: largest === 0 };
}

function saidOf({ text, problem }: Section): string {
  return /(?:local error: )?[Mm]essage too long.*|Frag(?:mentation)? needed.*|Packet too big.*|Destination .*Unreachable.*/.exec(`${text}\n${problem ?? ''}`)?.[0].trim() ?? (/ 0 received/.test(text) ? 'no answer' : (problem ?? 'no answer'));
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
