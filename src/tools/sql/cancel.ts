import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Client } from 'pg';

/**
 * Asks the server, over a second connection to the same address, to cancel what the client runs.
 * PostgreSQL's CancelRequest needs no login and no free slot. Resolves when the server has taken it,
 * or after `timeoutMilliseconds`; never throws.
 */
export function cancelRequest(client: Client, socket: Socket, timeoutMilliseconds: number): Promise<void> {
  const { processID, secretKey } = client as Client & { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return Promise.resolve();
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(cancelCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const address = client.host.startsWith('/') ? { path: `${client.host}/.s.PGSQL.${client.port}` } : { host: socket.remoteAddress ?? client.host, port: client.port };
    const second = connect(address, () => second.end(request));
    second.setTimeout(timeoutMilliseconds, () => second.destroy());
    second.on('error', () => undefined);
    second.on('close', () => resolve());
    // The server answers with nothing but the end of the connection; it is seen only when somebody reads.
    second.resume();
  });
}

/** The protocol's number for a CancelRequest. */
const cancelCode = 80_877_102;
