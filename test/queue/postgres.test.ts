import { describe } from 'vitest';
import { describeQueueContract } from '../contracts/queue.ts';
import { startPrivatePostgres } from '../support/private-postgres.ts';

describe('the queue on PostgreSQL', () => {
  describeQueueContract(async () => {
    const postgres = await startPrivatePostgres();
    return { databaseUrl: postgres.url, restart: postgres.restart, close: postgres.close };
  });
});
