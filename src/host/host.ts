/** The agent of a host: what may be read of it, and a small door to its packet filter, with a way back that is guarded before anything is changed. */
import { chmodSync, mkdirSync } from 'node:fs';
import { createHostReader } from '../host-facts/read-host.ts';
import { createLogger } from '../telemetry/log.ts';
import { createHostChanges } from './changes.ts';
import type { HostEnvironment } from './environment.ts';
import { startGuard } from './guard.ts';
import { createIptables } from './iptables.ts';
import { openRecords } from './records.ts';
import { serveHost } from './server.ts';

const sweepMilliseconds = 5_000;

/** Throws when the rules can't be read or it can't listen. */
export async function startHostAgent(environment: HostEnvironment, write?: (line: string) => void): Promise<{ close(): Promise<void> }> {
  const { stateDirectory, programs, readToken, writeToken } = environment;
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  chmodSync(stateDirectory, 0o700);
  const log = createLogger({ level: 'info', redact: (line) => line.replaceAll(readToken, '***').replaceAll(writeToken, '***'), ...(write && { write }) });
  const iptables = createIptables({ programs, stateDirectory });
  const records = openRecords(stateDirectory);
  const changes = createHostChanges({ stateDirectory, flock: programs.flock, iptables, records, guard: (id) => startGuard(id, { stateDirectory, programs }), log });
  await iptables.list('ipv4');
  await changes.recover();
  const server = await serveHost({ environment, changes, iptables, reader: createHostReader(environment.reads), log });
  const timer = setInterval(() => void changes.sweep().catch((error: unknown) => log.error({ error }, 'an overdue change could not be taken back; tried again soon')), sweepMilliseconds);
  log.info({ listen: environment.listen }, 'the host agent is up');
  return {
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}
