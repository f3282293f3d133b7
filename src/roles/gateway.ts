/** The gateway: Slack and webhooks. Holds no credential of any target. */
import { randomUUID } from 'node:crypto';
import { startAnchoring } from '../audit/anchoring.ts';
import { createApprovals } from '../changes/approvals.ts';
import { createEdit } from '../changes/edit.ts';
import { createOfferUndo } from '../changes/offer-undo.ts';
import { acceptedDangers, createPolicy } from '../changes/policy.ts';
import { createDesk } from '../incident/create-desk.ts';
import type { Desk } from '../incident/desk.ts';
import { createResume } from '../incident/resume.ts';
import { createWebhookRoutes } from '../intake/webhooks.ts';
import { createSlackApp } from '../slack/app.ts';
import { createAnchorPost } from '../slack/audit-post.ts';
import { createProjector } from '../slack/projector.ts';
import type { Route } from '../telemetry/health.ts';
import type { RoleParts, StopRole } from './role.ts';

export async function startGateway({ environment, configuration, store, queue, redactor, log: rootLog, ending }: RoleParts, health: readonly Route[]): Promise<StopRole> {
  const log = rootLog.child({ role: 'gateway' });
  const policy = createPolicy(configuration.policy);
  for (const accepted of acceptedDangers(configuration.policy)) log.warn({ policy: policy.version }, `the policy accepts that ${accepted}`);
  const decide: Desk['decide'] = (decision) => approvals.decide(decision); // approvals need Slack's directory, and Slack needs the desk
  const desk = createDesk({ store, queue, decide, edit: (wish) => edit(wish), undo: (wish) => offerUndo(wish), resume: (id, by) => resume(id, by), redact: redactor.redact, watchMinutes: policy.watchMinutes, log });
  const webhooks = createWebhookRoutes({
    desk,
    store,
    config: { pagerdutySecret: environment.PAGERDUTY_WEBHOOK_SECRET, alertmanagerToken: environment.ALERTMANAGER_TOKEN, channel: configuration.channels.alerts },
    redact: redactor.redact,
    log,
  });
  const slack = createSlackApp({
    config: {
      botToken: environment.SLACK_BOT_TOKEN ?? '',
      signingSecret: environment.SLACK_SIGNING_SECRET,
      appToken: environment.SLACK_APP_TOKEN,
      apiUrl: environment.SLACK_API_URL,
      host: environment.HOST,
      port: environment.PORT,
    },
    desk,
    store,
    log,
    customRoutes: [...health.map((route) => ({ ...route })), ...webhooks],
  });
  const approvals = createApprovals({
    store,
    policy,
    directory: slack.directory,
    log,
    enqueue: (changeId, step) => queue.add('changes', `${step}-${changeId}-${randomUUID()}`, { changeId, step }),
  });
  const edit = createEdit({ store, policy, directory: slack.directory, log, redact: redactor.redactSync, enqueue: (changeId) => queue.add('changes', `preview-${changeId}`, { changeId, step: 'preview' }) });
  const offerUndo = createOfferUndo({ store, policy, directory: slack.directory, log, enqueue: (changeId) => queue.add('changes', `preview-${changeId}`, { changeId, step: 'preview' }) });
  const resume = createResume({ store, queue, policy, directory: slack.directory, log });
  const projector = createProjector({ store, client: slack.client, log });

  await slack.start();
  await projector.start();
  await desk.recover();
  const stopAnchoring = startAnchoring({ store, log, ending, post: configuration.channels.audit === undefined ? undefined : createAnchorPost(slack.client, configuration.channels.audit) });
  log.info({ host: environment.HOST, port: environment.PORT, mode: environment.SLACK_APP_TOKEN ? 'socket' : 'http' }, 'gateway is ready');
  return async () => {
    await slack.stop();
    await stopAnchoring();
    await projector.stop();
  };
}
