/** Where the cluster's files are, whose they are, and by what name the server finds them. */
import { chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { canReach, serverAccount } from './account.ts';
import { EmbeddedAccountError } from './errors.ts';

export interface Location {
  /** Holds everything below. */
  home: string;
  /** PostgreSQL's data directory. */
  cluster: string;
  /** The superuser's password, mode 600. */
  passwordFile: string;
  /** Who started the server last. */
  ownerFile: string;
  account: Account | undefined;
  /**
   * True when the account can't pass the folders above (a checkout in /root): then the server is started inside its
   * data directory and finds it as /proc/self/cwd, which asks nothing of the folders above.
   */
  closedAbove: boolean;
}

/** The server's own name for the folder it is started in. */
export const startedIn = '/proc/self/cwd';

/** @throws EmbeddedAccountError */
export async function locateCluster(directory: string): Promise<Location> {
  const home = path.resolve(directory);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const cluster = path.join(home, 'cluster');
  const account = await serverAccount(cluster);
  const closedAbove = account !== undefined && !(await canReach(account, home));
  if (closedAbove && process.platform !== 'linux') throw new EmbeddedAccountError(`the account ${account.name} can't reach ${home}`);
  if (account) await chown(home, account.uid, account.gid);
  return { home, cluster, passwordFile: path.join(home, 'password'), ownerFile: path.join(home, 'owner.json'), account, closedAbove };
}
