import type { ReadOnlyConnection } from './connection.ts';

const mostOpenings = 3;

/**
 * A connection that is opened again when an earlier statement cost it its socket: what one slow statement broke, the next ones do not lack.
 * Throws what `open` throws, at once and when it is opened again.
 */
export async function reopening(open: () => Promise<ReadOnlyConnection>): Promise<ReadOnlyConnection> {
  let connection = await open();
  let openings = 1;
  return {
    async query(text, values, options) {
      try {
        return await connection.query(text, values, options);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'CLOSED' || openings >= mostOpenings || options.signal?.aborted === true) throw error;
        openings += 1;
        connection = await open();
        return connection.query(text, values, options);
      }
    },
    close: () => connection.close(),
  };
}
