/**
 * What a cluster that was killed together with its guardian left behind: its pods go on and hold its addresses. Whoever gets
 * its share of the network next ends them. A note for each share says in which folder the last cluster lived; who holds
 * the share may read and write it.
 */
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { startGuardian } from '../kubelet/guardian.ts';
import { isRunning } from '../lock.ts';

export interface ShareNote {
  /** Ends what the share's last cluster left running, unless another cluster lives in its folder by now. `mine`: the new cluster's. */
  clear(mine: string | undefined): Promise<void>;
  /** Says whose it is now. */
  write(directory: string): void;
  remove(): void;
}

export function shareNote(index: number): ShareNote {
  const file = join(tmpdir(), `playground-cluster-${process.getuid?.() ?? 0}-${index}`);
  return {
    clear: async (mine) => {
      const directory = readOwn(file);
      if (directory === undefined || (directory !== mine && await isRunning(directory))) return;
      await startGuardian(directory).stop();
    },
    write: (directory) => {
      rmSync(file, { force: true });
      writeFileSync(file, directory, { mode: 0o600, flag: 'wx' });
    },
    remove: () => rmSync(file, { force: true }),
  };
}

/** Somebody else's note could name any folder. */
function readOwn(file: string): string | undefined {
  try {
    const { uid } = lstatSync(file);
    const directory = readFileSync(file, 'utf8');
    return uid === (process.getuid?.() ?? uid) && isAbsolute(directory) && directory.split('/').length > 2 ? directory : undefined;
  } catch {
    return undefined;
  }
}

const listening = '0A';

/** Whether anybody listens on 127.<second>.x.x, for one of these seconds, on another port than `except`. */
export function anybodyListens(seconds: readonly number[], except: number): boolean {
  return listenersOf(readTable()).some(({ address, port }) => address[0] === 127 && seconds.includes(address[1] ?? 0) && port !== except);
}

function readTable(): string {
  try {
    return readFileSync('/proc/net/tcp', 'utf8');
  } catch {
    return '';
  }
}

/** Of the lines of /proc/net/tcp, where an address is written as one little-endian number. */
function listenersOf(table: string): { address: number[]; port: number }[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== listening || address.length !== 8) return [];
    return [{ address: [...Buffer.from(address, 'hex')].reverse(), port: Number.parseInt(port, 16) }];
  });
}
