/**
 * An executor in a process of its own, to be killed: node --import tsx executor-child.ts <store url> <target url> <change id>.
 * It stops for ever where PAUSE_AT says, so that the test can kill it exactly there.
 */
import { kinds } from '../../src/changes/actions/kinds.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import { createStore } from '../../src/database/store.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

const [storeUrl = '', targetUrl = '', changeId = ''] = process.argv.slice(2);
const pauseAt = process.env['PAUSE_AT'];
const write = { variable: 'W', reveal: () => targetUrl };

async function pause(where: string): Promise<void> {
  if (pauseAt !== where) return;
  process.stdout.write(`paused at ${where}\n`);
  await new Promise(() => setInterval(() => undefined, 1000));
}

const index = kinds['postgres.create_index'];
let looks = 0;
const executor = createExecutor({
  store: await createStore({ url: storeUrl }),
  targets: { databases: [{ name: 'shop', kind: 'postgres', read: write, write }], services: [], clusters: [], operations: [], hosts: [], resolvers: [] },
  policy: createPolicy(policySchema.parse({ approvers: { users: ['UANA'] }, soak_seconds: 0, verification_deadline_seconds: 1 })),
  async verify() {
    looks += 1;
    await pause(looks <= 2 ? 'claimed' : 'verifying');
    // The finding never goes away when the undo is what the test wants to see.
    return { keys: pauseAt === 'undoing' ? ['missing-index@table/shop/public.orders'] : [], unread: [] };
  },
  enqueue: () => Promise.resolve(),
  redact: (text) => text,
  log: silentLogger,
  kinds: {
    ...kinds,
    'postgres.create_index': {
      ...index,
      async execute(change, context) {
        await pause('before the command');
        const result = await index.execute(change, context);
        await pause('after the command');
        return result;
      },
      async undo(change, context) {
        await pause('undoing');
        return index.undo(change, context);
      },
    },
  },
  pace: { pollMilliseconds: 50, heartbeatMilliseconds: 100 },
});
await executor.execute(changeId, new AbortController().signal);
process.stdout.write('ended\n');
process.exit(0);
