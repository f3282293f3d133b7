/** What the agent of a host reads from its environment. */
import { z } from 'zod';
import { ConfigurationError } from '../config/configuration-error.ts';
import type { HostReadSettings } from '../host-facts/request.ts';
import { absolutePath, pingTarget, unitName } from '../host-facts/settings.ts';
import type { Network } from '../packet-filter/network.ts';
import { parseNetwork } from '../packet-filter/network.ts';
import { findBinary } from '../process/find-binary.ts';

export type Listen = { socket: string } | { host: string; port: number };

export interface HostEnvironment {
  listen: Listen;
  /** PEM. */
  tls?: { certificateFile: string; keyFile: string };
  readToken: string;
  writeToken: string;
  stateDirectory: string;
  protectedPorts: number[];
  protectedNetworks: Network[];
  /** What may be read beside what every host has. */
  reads: HostReadSettings;
  programs: HostPrograms;
}

/** Absolute paths. */
export interface HostPrograms {
  iptables: string;
  ip6tables: string;
  flock: string;
}

const optional = z.string().trim().min(1).optional();
const token = z.string().regex(/^[\x21-\x7e]{32,}$/, 'must be at least 32 characters without spaces, such as `openssl rand -hex 32` prints');
const list = z.string().default('').transform((text) => text.split(',').map((part) => part.trim()).filter((part) => part !== ''));

const variables = {
  HOST_AGENT_LISTEN: z.string().regex(/^(unix:\/.+|(\[[0-9a-fA-F:.]+\]|[0-9.]+):[0-9]{1,5})$/, 'must be ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH').default('127.0.0.1:8090'),
  HOST_AGENT_TLS_CERTIFICATE: optional,
  HOST_AGENT_TLS_KEY: optional,
  HOST_AGENT_READ_TOKEN: token,
  HOST_AGENT_WRITE_TOKEN: token,
  HOST_AGENT_STATE_DIRECTORY: z.string().startsWith('/', 'must be an absolute path').default('/var/lib/sre-agent-host'),
  HOST_AGENT_PROTECTED_PORTS: list.pipe(z.array(z.string().regex(/^[1-9][0-9]{0,4}$/, 'must be ports, comma-separated').transform(Number))),
  HOST_AGENT_PROTECTED_NETWORKS: list.pipe(z.array(z.string().transform((text, { addIssue }) => {
    const network = parseNetwork(text);
    if (network) return network;
    addIssue({ code: 'custom', message: `${text} is not an address or network` });
    return z.NEVER;
  }))),
  HOST_AGENT_UNITS: list.pipe(z.array(unitName)),
  HOST_AGENT_CERTIFICATES: list.pipe(z.array(absolutePath)),
  HOST_AGENT_PING: list.pipe(z.array(pingTarget)),
  HOST_AGENT_DEPLOYS: absolutePath.optional(),
  IPTABLES: optional,
  IP6TABLES: optional,
  FLOCK: optional,
} as const;

/** Throws ConfigurationError naming every wrong variable. */
export function readHostEnvironment(source: Readonly<Record<string, string | undefined>>): HostEnvironment {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = z.object(variables).safeParse(present);
  // The message of an issue never repeats what was given: it may be a token.
  if (!parsed.success) throw new ConfigurationError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${present[String(issue.path[0])] === undefined ? 'is missing: it must be set' : issue.message}.`));
  const environment = parsed.data;
  const listen = listenOf(environment.HOST_AGENT_LISTEN);
  const { HOST_AGENT_TLS_CERTIFICATE: certificateFile, HOST_AGENT_TLS_KEY: keyFile } = environment;
  const problems = [
    ...(environment.HOST_AGENT_READ_TOKEN === environment.HOST_AGENT_WRITE_TOKEN ? ['HOST_AGENT_READ_TOKEN and HOST_AGENT_WRITE_TOKEN are the same: whoever may read could change. Make two.'] : []),
    ...((certificateFile === undefined) === (keyFile === undefined) ? [] : ['HOST_AGENT_TLS_CERTIFICATE and HOST_AGENT_TLS_KEY belong together: set both or none.']),
    ...('host' in listen && !isLoopback(listen.host) && certificateFile === undefined ? [`HOST_AGENT_LISTEN is ${environment.HOST_AGENT_LISTEN}: tokens would cross the network in the clear. Set HOST_AGENT_TLS_CERTIFICATE and HOST_AGENT_TLS_KEY, or listen on 127.0.0.1 or a unix socket behind a TLS proxy.`] : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    listen,
    ...(certificateFile !== undefined && keyFile !== undefined && { tls: { certificateFile, keyFile } }),
    readToken: environment.HOST_AGENT_READ_TOKEN,
    writeToken: environment.HOST_AGENT_WRITE_TOKEN,
    stateDirectory: environment.HOST_AGENT_STATE_DIRECTORY,
    protectedPorts: environment.HOST_AGENT_PROTECTED_PORTS,
    protectedNetworks: environment.HOST_AGENT_PROTECTED_NETWORKS,
    reads: { units: environment.HOST_AGENT_UNITS, certificates: environment.HOST_AGENT_CERTIFICATES, ping: environment.HOST_AGENT_PING, deploys: environment.HOST_AGENT_DEPLOYS },
    programs: { iptables: find('iptables', environment.IPTABLES), ip6tables: find('ip6tables', environment.IP6TABLES), flock: find('flock', environment.FLOCK) },
  };
}

function listenOf(text: string): Listen {
  if (text.startsWith('unix:')) return { socket: text.slice('unix:'.length) };
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function find(name: string, configured: string | undefined): string {
  try {
    return findBinary(name, { configured, path: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin' });
  } catch (error) {
    throw new ConfigurationError([`${name.toUpperCase()}: ${error instanceof Error ? error.message : String(error)}.`]);
  }
}
