/** Where the cluster's files are: in the asked directory, or, when the account can't reach that, where it can. */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../../telemetry/log.ts';
import type { Account } from './account.ts';
import { canReach, serverAccount } from './account.ts';
import { rootFolder } from './root-folder.ts';

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
}

export async function locateCluster(directory: string, log: Logger): Promise<Location> {
  const asked = path.resolve(directory);
  await mkdir(asked, { recursive: true, mode: 0o700 });
  const account = await serverAccount(path.join(asked, 'cluster'));
  if (!account) return inside(asked, undefined);
  const home = (await canReach(account, asked)) ? asked : await elsewhere(asked, account, log);
  const mine = await serverAccount(path.join(home, 'cluster'));
  await chown(home, mine?.uid ?? account.uid, mine?.gid ?? account.gid);
  return inside(home, mine ?? account);
}

function inside(home: string, account: Account | undefined): Location {
  return {
    home,
    cluster: path.join(home, 'cluster'),
    passwordFile: path.join(home, 'password'),
    ownerFile: path.join(home, 'owner.json'),
    account,
  };
}

/** A note in the asked directory says where the data went, so that the next start finds it. */
async function elsewhere(asked: string, account: Account, log: Logger): Promise<string> {
  const note = path.join(asked, 'cluster-location');
  const noted = await readFile(note, 'utf8').then((text) => text.trim(), () => '');
  const home = noted || path.join(await rootFolder(), `data-${randomBytes(6).toString('hex')}`);
  if (!noted) await writeFile(note, `${home}\n`);
  if (!(await stat(home).catch(() => undefined))) await mkdir(home, { mode: 0o700 });
  log.warn(
    { asked, home },
    `The account ${account.name}, which runs PostgreSQL because root may not, can't reach ${asked}; the data is kept in ${home}`,
  );
  return home;
}
