/**
 * What listens elsewhere than it says. On Linux every address of 127.0.0.0/8 works, but ports below 1024 may need
 * privileges; where only 127.0.0.1 exists (macOS), everything is relocated to ports of that one. One small JSON file per
 * address says where: {"53": 40123, "53/UDP": 40124} on the same address, or on 127.0.0.1 with `onePort`.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Protocol = 'TCP' | 'UDP';

export interface Relocation {
  /** Whether a listener on this port has to go elsewhere. */
  needed(port: number): boolean;
  /** The address that a listener for `address` binds to. */
  bindAddress(address: string): string;
  locate(address: string, port: number, protocol?: Protocol): { address: string; port: number };
  /** Whether somebody listens there who told of it. */
  isRecorded(address: string, port: number): boolean;
  record(address: string, port: number, actual: number, protocol?: Protocol): void;
  /** Of one port, or all of the address. */
  forget(address: string, port?: number, protocol?: Protocol): void;
}

/** The first one on a folder decides the mode for all that come after, containers included. */
export function createRelocation(directory: string): Relocation {
  mkdirSync(directory, { recursive: true });
  const mode = agreedMode(join(directory, 'mode'));
  const lowest = mode === 'loopback' ? lowestPort() : Infinity;
  const file = (address: string): string => join(directory, `${address}.json`);
  const read = (address: string): Record<string, number> => {
    try {
      return JSON.parse(readFileSync(file(address), 'utf8')) as Record<string, number>;
    } catch {
      return {};
    }
  };
  const write = (address: string, ports: Record<string, number>): void => {
    const next = `${file(address)}.${process.pid}`;
    writeFileSync(next, JSON.stringify(ports));
    renameSync(next, file(address));
  };
  const bindAddress = (address: string): string => (mode === 'loopback' ? address : '127.0.0.1');
  return {
    needed: (port) => port < lowest,
    bindAddress,
    locate: (address, port, protocol) => {
      if (port >= lowest) return { address, port };
      const actual = read(address)[keyOf(port, protocol)];
      return actual === undefined ? { address: bindAddress(address), port } : { address: bindAddress(address), port: actual };
    },
    isRecorded: (address, port) => read(address)[keyOf(port)] !== undefined,
    record: (address, port, actual, protocol) => write(address, { ...read(address), [keyOf(port, protocol)]: actual }),
    forget: (address, port, protocol) => {
      const left = read(address);
      if (port !== undefined) delete left[keyOf(port, protocol)];
      if (port === undefined || Object.keys(left).length === 0) rmSync(file(address), { force: true });
      else write(address, left);
    },
  };
}

const keyOf = (port: number, protocol: Protocol = 'TCP'): string => (protocol === 'TCP' ? String(port) : `${port}/UDP`);

export type AddressMode = 'loopback' | 'ports';

/** CLUSTER_ADDRESSES=ports forces on Linux what other systems need. */
export const addressMode = (): AddressMode => (process.platform === 'linux' && process.env['CLUSTER_ADDRESSES'] !== 'ports' ? 'loopback' : 'ports');

function agreedMode(file: string): AddressMode {
  try {
    return readFileSync(file, 'utf8') === 'ports' ? 'ports' : 'loopback';
  } catch {
    const mode = addressMode();
    writeFileSync(file, mode);
    return mode;
  }
}

function lowestPort(): number {
  if (process.getuid?.() === 0) return 0;
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1024;
  }
}
