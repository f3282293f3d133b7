/** A PostgreSQL of one test file, for what can't be done to the shared one: stopping it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

export async function startPrivatePostgres(): Promise<{ url: string; stop(): Promise<void>; start(): Promise<void>; restart(): Promise<void>; close(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-private-'));
  const options = { directory, flags: ['-c', 'fsync=off'], log: silentLogger };
  let server = await startEmbeddedPostgres(options);
  const { port } = server;
  const stop = (): Promise<void> => server.stop();
  const start = async (): Promise<void> => {
    server = await startEmbeddedPostgres({ ...options, port });
  };
  return {
    url: server.url(),
    stop,
    start,
    async restart() {
      await stop();
      await start();
    },
    async close() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
