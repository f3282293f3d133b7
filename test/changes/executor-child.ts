/**
 * An executor in a process of its own, to be killed: node --import tsx executor-child.ts <JSON of ChildOrder>.
 * It stops for ever where `pauseAt` says, so that the test can kill it exactly there.
 */
import type { ActionKind, Programs } from '../../src/changes/actions/kind.ts';
import { kindOf, kinds } from '../../src/changes/actions/kinds.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import type { Targets } from '../../src/config/targets.ts';
import { createStore } from '../../src/database/store.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

export interface ChildOrder {
  storeUrl: string;
  /** Secrets as `{ secret: value }`. */
  targets: unknown;
  programs?: Programs;
  changeId: string;
  pauseAt: string;
  /** Of policySchema, as the change was approved under. */
  policy: Record<string, unknown>;
  /** The finding it is for. */
  finding: string;
}

const order = JSON.parse(process.argv[2] ?? '{}') as ChildOrder;
const { pauseAt, finding } = order;

async function pause(where: string): Promise<void> {
  if (pauseAt !== where) return;
  process.stdout.write(`paused at ${where}\n`);
  await new Promise(() => setInterval(() => undefined, 1000));
}

const store = await createStore({ url: order.storeUrl });
const change = await store.changes.get(order.changeId);
if (!change) throw new Error(`There is no ${order.changeId}.`);
const kind = kindOf(change.action);
const paused: ActionKind = {
  ...kind,
  async execute(one, context) {
    await pause('before the command');
    const result = await kind.execute(one, context);
    await pause('after the command');
    return result;
  },
  async undo(one, context) {
    await pause('undoing');
    return kind.undo(one, context);
  },
};
let looks = 0;
const executor = createExecutor({
  store,
  targets: revive(order.targets) as Targets,
  policy: createPolicy(policySchema.parse(order.policy)),
  async verify() {
    looks += 1;
    await pause(looks <= 2 ? 'claimed' : 'verifying');
    // The finding never goes away when the undo is what the test wants to see.
    return { keys: looks <= 2 || pauseAt === 'undoing' ? [finding] : [], unread: [] };
  },
  enqueue: () => Promise.resolve(),
  redact: (text) => text,
  log: silentLogger,
  kinds: { ...kinds, [change.action.kind]: paused },
  ...(order.programs && { programs: order.programs }),
  pace: { pollMilliseconds: 50, doubtMilliseconds: 100, heartbeatMilliseconds: 100 },
});
await executor.execute(order.changeId, new AbortController().signal);
process.stdout.write('ended\n');
process.exit(0);

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  if ('secret' in value && typeof value.secret === 'string') {
    const { secret } = value;
    return { variable: 'S', reveal: () => secret };
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, revive(one)]));
}
