/** The DNS of the machine that we run on: its servers, its search path, and the way that its programs go (hosts file included). */
import { readFile } from 'node:fs/promises';
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { SearchPath } from './search-path.ts';
import { parseResolvConf } from './search-path.ts';

export interface SystemDns {
  /** `ip` or `ip:port`. */
  servers(): readonly string[];
  searchPath(): Promise<SearchPath>;
  /** Throws with an errno or an EAI_ code. */
  addresses(name: string, family: 4 | 6): Promise<string[]>;
}

export const systemDns: SystemDns = {
  servers: getServers,
  searchPath: async () => parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => '')),
  addresses: async (name, family) => (await lookup(name, { all: true, family })).map(({ address }) => address),
};
