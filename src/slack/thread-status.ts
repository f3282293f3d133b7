/** "is looking at the database…" under the thread while something works. An extra: its failures are passed over. */
import type { WebClient } from '@slack/web-api';
import type { IncidentView } from '../incident/view.ts';
import type { Logger } from '../telemetry/log.ts';

/** Slack clears a status by itself after two minutes. */
const renewAfter = 60_000;
const mostFailures = 3;

export function createThreadStatus(client: WebClient, log: Logger): (view: IncidentView, threadTs: string) => void {
  const shown = new Map<string, { status: string; at: number }>();
  let failures = 0;

  return (view, threadTs) => {
    const status = workingOn(view);
    const last = shown.get(view.id);
    if (failures >= mostFailures || (last ? last.status === status && (status === '' || Date.now() - last.at < renewAfter) : status === '')) return;
    shown.set(view.id, { status, at: Date.now() });
    if (status === '') shown.delete(view.id);
    client.assistant.threads.setStatus({ channel_id: view.channel, thread_ts: threadTs, status }).then(
      () => (failures = 0),
      (error: unknown) => {
        failures += 1;
        if (failures === mostFailures) log.info({ error }, 'this workspace takes no thread status; going on without');
      },
    );
  };
}

function workingOn(view: IncidentView): string {
  if (view.status === 'stopped' || view.status === 'resolved') return '';
  const change = view.changes.find(({ state }) => ['claimed', 'executing', 'verifying', 'undoing'].includes(state));
  if (change) return change.state === 'verifying' ? 'is verifying a change…' : change.state === 'undoing' ? 'is undoing a change…' : 'is running a change…';
  if (view.investigation.state !== 'running' || view.halt) return '';
  const names = [...new Set(view.tasks.filter(({ status }) => status === 'in_progress').map(({ specialist }) => specialist))].filter((name) => name !== undefined);
  return names.length > 0 ? `is looking at ${names.join(', ')}…` : 'is investigating…';
}
