/** The executor: write credentials, no model, no Slack token. Previews drafts, runs what was approved, verifies, undoes. */
import { createExecutor } from '../changes/executor.ts';
import { createPolicy } from '../changes/policy.ts';
import { verifyByRules } from '../rules/verify.ts';
import { measured } from './role.ts';
import type { RoleParts, StopRole } from './role.ts';

const concurrentChanges = 4;
const sweepMilliseconds = 10_000;

export async function startExecutor({ configuration, store, queue, redactor, metrics, log: rootLog }: RoleParts): Promise<StopRole> {
  const log = rootLog.child({ role: 'executor' });
  const { targets } = configuration;
  const executor = createExecutor({
    store,
    targets,
    policy: createPolicy(configuration.policy),
    verify: verifyByRules({ targets, log }),
    enqueue: (changeId, step) => queue.add('changes', `${step}-${changeId}`, { changeId, step }),
    redact: redactor.redact,
    log,
  });

  await executor.recover();
  await queue.work('changes', concurrentChanges, measured(metrics, 'changes', ({ changeId, step }, signal) => (step === 'preview' ? executor.preview(changeId, signal) : executor.execute(changeId, signal))));
  const timer = setInterval(() => void executor.sweep().catch((error: unknown) => log.warn({ error }, 'the sweep of changes failed; tried again soon')), sweepMilliseconds);
  log.info('executor is ready');
  return async () => clearInterval(timer);
}
