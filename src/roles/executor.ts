/** The executor: write credentials, no model, no Slack token. Previews drafts, runs what was approved, verifies, undoes. */
import { randomUUID } from 'node:crypto';
import { createExecutor } from '../changes/executor.ts';
import { createPolicy } from '../changes/policy.ts';
import { queueInvestigation } from '../incident/queue-investigation.ts';
import { settleIncident, settleIncidents } from '../incident/settle.ts';
import type { Jobs } from '../queue/queue.ts';
import { verifyByRules } from '../rules/verify.ts';
import { createRecorder } from '../tools/evidence.ts';
import { passingEvidence } from '../tools/passing-evidence.ts';
import { measured } from './role.ts';
import type { RoleParts, StopRole } from './role.ts';

const concurrentChanges = 4;
const sweepMilliseconds = 10_000;

export async function startExecutor({ environment, configuration, store, queue, redactor, metrics, log: rootLog }: RoleParts): Promise<StopRole> {
  const log = rootLog.child({ role: 'executor' });
  const { targets } = configuration;
  const record = createRecorder({ evidence: passingEvidence(), redactor, incidentId: 'verification' });
  const executor = createExecutor({
    store,
    targets,
    policy: createPolicy(configuration.policy),
    verify: verifyByRules({ targets, record, log, redact: redactor.redact }),
    enqueue: (changeId, step) => queue.add('changes', `${step}-${changeId}-${randomUUID()}`, { changeId, step }),
    investigate: (incidentId) => queueInvestigation({ store, queue }, incidentId),
    redact: redactor.redactSync,
    programs: { kubectl: environment.KUBECTL, helm: environment.HELM },
    log,
  });

  async function work({ changeId, step }: Jobs['changes'], signal: AbortSignal): Promise<void> {
    if (step === 'preview') return executor.preview(changeId, signal);
    await executor.execute(changeId, signal);
    const change = await store.changes.get(changeId);
    if (change) await settleIncident(store, change.incidentId);
  }

  async function tidy(): Promise<void> {
    await executor.recover();
    await executor.sweep();
    await settleIncidents(store);
    void executor.watch().catch((error: unknown) => log.warn({ error }, 'the watch over finished changes failed; tried again soon'));
  }

  await tidy();
  await queue.work('changes', concurrentChanges, measured(metrics, 'changes', work));
  const timer = setInterval(() => void tidy().catch((error: unknown) => log.warn({ error }, 'the sweep of changes failed; tried again soon')), sweepMilliseconds);
  log.info('executor is ready');
  return async () => clearInterval(timer);
}
