/** What may be asked about a host, and what comes back: shared by the agent of a host, and by who asks. */
import { z } from 'zod';

const unit = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,200}$/, 'the name of a systemd unit such as nginx.service');
const place = z.string().regex(/^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$/, 'a host name or an IP address');

export const logPriorities = ['err', 'warning', 'info', 'debug'] as const;

export const hostRequest = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('facts') }),
  z.strictObject({ what: z.literal('sockets') }),
  z.strictObject({ what: z.literal('network') }),
  z.strictObject({ what: z.literal('packet-filter'), family: z.enum(['ipv4', 'ipv6']).default('ipv4') }),
  z.strictObject({ what: z.literal('ping'), to: place, path_mtu: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(false) }),
  z.strictObject({ what: z.literal('logs'), unit, minutes: z.coerce.number().int().min(1).max(10_080).default(60), priority: z.enum(logPriorities).default('debug') }),
  z.strictObject({ what: z.literal('certificates') }),
  z.strictObject({ what: z.literal('deploys') }),
]);
export type HostRequest = z.output<typeof hostRequest>;

/** What one program or file said. */
export const section = z.object({
  /** `df -P -T -l`, `/proc/meminfo`. */
  source: z.string(),
  text: z.string(),
  /** Why the text is empty or only a part. */
  problem: z.string().optional(),
});
export type Section = z.infer<typeof section>;

export const hostAnswer = z.object({
  /** The host's clock when it answered: milliseconds since 1970. */
  at: z.number(),
  sections: z.array(section),
});
export type HostAnswer = z.infer<typeof hostAnswer>;

/** What of a host may be looked at beside what every host has. */
export interface HostReadSettings {
  /** systemd units whose logs may be read. */
  units: readonly string[];
  /** Folders with certificates, absolute. */
  certificates: readonly string[];
  /** Names, addresses and networks that may be pinged. */
  ping: readonly string[];
  /** A JSON file with what was deployed, absolute. */
  deploys?: string | undefined;
}

export interface HostReader {
  /** Throws HostRefusedError when it may not be asked, and whatever went wrong on the way. */
  read(request: HostRequest, signal: AbortSignal): Promise<HostAnswer>;
}

/** The settings of the host do not allow it. The message says what they allow. */
export class HostRefusedError extends Error {
  readonly code = 'not_allowed';
  override readonly name = 'HostRefusedError';
}

/** The text of a source, by the beginning of its name; undefined when it said nothing. */
export function textOf(sections: readonly Section[], source: string): string | undefined {
  const found = sections.find((one) => one.source.startsWith(source));
  return found === undefined || found.text.trim() === '' ? undefined : found.text;
}

/** One line for each source that failed: `source: why`. */
export function problemsOf(sections: readonly Section[]): string[] {
  return sections.flatMap(({ source, problem }) => (problem === undefined ? [] : [`${source}: ${problem}`]));
}
