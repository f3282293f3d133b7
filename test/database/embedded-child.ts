/** Starts an embedded PostgreSQL, says where it is, and waits to be ended. Arguments: the directory, and `exit` to end by itself. */
import { startEmbeddedPostgres } from '../../src/database/embedded.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

const [directory, how] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ directory: directory ?? '', log: silentLogger });
process.stdout.write(`${JSON.stringify({ pid: server.pid, url: server.url() })}\n`);
if (how === 'exit') process.exit(0);
