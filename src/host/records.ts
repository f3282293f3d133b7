/** What this host knows of each change, on disk before anything is done: whoever comes after a crash finds where it stood. */
import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { changeRequest, recordStates } from '../packet-filter/agent-api.ts';

const recordSchema = z.object({
  request: changeRequest,
  /** Arguments of iptables. */
  command: z.array(z.string()),
  undo: z.array(z.string()),
  rule: z.string(),
  before: z.array(z.string()),
  after: z.array(z.string()),
  state: z.enum(recordStates),
  note: z.string(),
  /** Milliseconds since 1970. */
  deadline: z.number(),
  at: z.number(),
});
export type ChangeRecord = z.infer<typeof recordSchema>;

export interface Records {
  get(id: string): Promise<ChangeRecord | undefined>;
  /** Back only after it is on the disk. */
  put(record: ChangeRecord): Promise<void>;
  all(): Promise<ChangeRecord[]>;
  remove(id: string): Promise<void>;
}

export function openRecords(stateDirectory: string): Records {
  const folder = join(stateDirectory, 'changes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (id: string): string => join(folder, `${id}.json`);

  async function get(id: string): Promise<ChangeRecord | undefined> {
    const text = await readFile(fileOf(id), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : recordSchema.parse(JSON.parse(text));
  }

  return {
    get,
    async put(record) {
      const file = fileOf(record.request.id);
      const draft = `${file}.${process.pid}.new`;
      const handle = await open(draft, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(record)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, file);
      await syncFolder(folder);
    },
    async all() {
      const ids = (await readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
      return (await Promise.all(ids.map(get))).filter((record) => record !== undefined);
    },
    remove: (id) => rm(fileOf(id), { force: true }),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Until the process that guards a change is up; the time that people were shown runs from the write on. */
export const armingMilliseconds = 60_000;

/** The way back is still owed. */
export function isOpen({ state }: ChangeRecord): boolean {
  return state === 'armed' || state === 'applying' || state === 'applied';
}
