import { Query } from 'pg';

export interface LimitedResult {
  rows: unknown[];
  fields: string[];
  /** More rows than maxRows were there; they never left the server. */
  truncated: boolean;
}

interface Wire {
  stream: { destroyed: boolean };
  sync(): void;
}

/**
 * One statement over the extended protocol (so the server itself refuses a second one), of which at most
 * `maxRows` rows are fetched. `asText`: rows are arrays of PostgreSQL's own text, or null.
 */
export function limitedQuery(text: string, values: readonly unknown[], options: { maxRows: number; asText: boolean }): { query: Query; result: Promise<LimitedResult> } {
  const configuration = {
    text,
    values: [...values],
    // One more than wanted: a portal is suspended even when its last row was the last of all.
    rows: options.maxRows + 1,
    ...(options.asText ? { rowMode: 'array' as const, types: { getTypeParser: () => (value: string) => value } } : {}),
  };
  const query = new SuspendingQuery(configuration as ConstructorParameters<typeof Query>[0]);
  const result = new Promise<LimitedResult>((resolve, reject) => {
    query.on('error', reject);
    query.on('end', (end) => {
      // A COPY or an empty text would give no rows at all; a list of results cannot come over the extended protocol.
      const rows: unknown[] = end.rows ?? [];
      resolve({ rows: rows.slice(0, options.maxRows), fields: (end.fields ?? []).map((field) => field.name), truncated: rows.length > options.maxRows });
    });
  });
  return { query, result };
}

/** The driver pages on until the portal is empty; this stops at the first page, and keeps the session in step after an error. */
class SuspendingQuery extends Query {
  handlePortalSuspended(connection: Wire): void {
    connection.sync();
  }
  handleError(error: Error, connection: Wire): void {
    const fromServer = 'severity' in error;
    if (fromServer && !connection.stream.destroyed) connection.sync();
    this.emit('error', error);
  }
}
