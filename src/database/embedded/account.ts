/** Whom the server runs as. PostgreSQL refuses root, so root hands it to an account that already exists. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

export interface Account {
  uid: number;
  gid: number;
  name: string;
}

/** Undefined when this process is not root: then the server runs as we do. */
export async function serverAccount(clusterDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = await knownAccounts();
  const owner = await stat(clusterDirectory).catch(() => undefined);
  if (owner && owner.uid !== 0) {
    const name = accounts.find((account) => account.uid === owner.uid)?.name ?? String(owner.uid);
    return { uid: owner.uid, gid: owner.gid, name };
  }
  return (
    accounts.find((account) => account.name === 'postgres' && account.uid !== 0) ??
    accounts.find((account) => account.name === 'nobody' && account.uid !== 0) ?? { uid: 65_534, gid: 65_534, name: 'nobody' }
  );
}

/** True when the account can pass through every directory above `target`, by the mode bits. */
export async function canReach(account: Account, target: string): Promise<boolean> {
  for (let directory = path.dirname(path.resolve(target)); ; directory = path.dirname(directory)) {
    const entry = await stat(directory).catch(() => undefined);
    if (entry && !maySearch(account, entry)) return false;
    if (directory === path.dirname(directory)) return true;
  }
}

function maySearch(account: Account, entry: { uid: number; gid: number; mode: number }): boolean {
  if (entry.uid === account.uid) return (entry.mode & 0o100) !== 0;
  if (entry.gid === account.gid) return (entry.mode & 0o010) !== 0;
  return (entry.mode & 0o001) !== 0;
}

async function knownAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}
