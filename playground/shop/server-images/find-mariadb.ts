/** MariaDB where the machine has it. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const usualFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/opt/homebrew/bin'];

/** Undefined unless both programs are there. */
export function findMariadb(): { server: string; install: string } | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== ''), ...usualFolders];
  const find = (name: string): string | undefined => folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  const [server, install] = [find('mariadbd'), find('mariadb-install-db')];
  return server === undefined || install === undefined ? undefined : { server, install };
}
