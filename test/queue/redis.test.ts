import { describe } from 'vitest';
import { describeQueueContract } from '../contracts/queue.ts';
import { startTestRedis } from '../support/redis.ts';
import { requirement } from '../support/requirements.ts';

describe.skipIf(!requirement('redis'))('the queue on Redis', () => {
  describeQueueContract(async () => {
    let redis = await startTestRedis();
    return {
      databaseUrl: '',
      redisUrl: redis.url,
      async restart() {
        await redis.close();
        redis = await startTestRedis(redis.port);
      },
      close: () => redis.close(),
    };
  });
});
