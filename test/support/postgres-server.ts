/** The one PostgreSQL of a vitest run: data in a temporary folder, gone at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-test-'));
  const server = await startEmbeddedPostgres({
    directory,
    flags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off', '-c', 'max_connections=300'],
    log: silentLogger,
  });
  project.provide('postgresUrl', server.url());
  return async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
