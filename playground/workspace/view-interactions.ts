/** Submitting and closing modals. */
import { acknowledged } from './app-requests.ts';
import { isRecord, parseJson } from './http.ts';
import type { OpenView, ViewJson } from './modals.ts';
import type { Parts } from './parts.ts';
import { commonPayload } from './payloads.ts';
import { PageRefusal } from './page-refusal.ts';
import { SlackError } from './slack-error.ts';
import { describeProblem } from './validation/check.ts';
import { checkView } from './validation/views.ts';
import { collectValues } from './view-values.ts';

const TROUBLE = 'We had some trouble connecting. Try again?';

/** The errors to show beside the inputs; undefined when it was taken. Throws PageRefusal. */
export async function submitView(parts: Parts, user: string, viewId: string, submitted: Record<string, Record<string, unknown>>): Promise<Record<string, string> | undefined> {
  const open = find(parts, user, viewId);
  if (open.json['submit'] === null) throw new PageRefusal('This window has nothing to submit.');
  const { values, errors } = collectValues(open.json['blocks'], submitted);
  if (Object.keys(errors).length > 0) return errors;
  const answer = await parts.appRequests.interaction({
    type: 'view_submission',
    ...commonPayload(user),
    trigger_id: parts.triggers.issue({ user, viewId }),
    view: { ...open.json, state: { values } },
    response_urls: [],
  });
  if (answer.outcome !== 'answered' || !acknowledged(answer)) throw new PageRefusal(TROUBLE);
  return applyResponse(parts, open, answer.body);
}

/** As with Slack's X: closes this modal, or all of them when it says clear_on_close. */
export async function closeView(parts: Parts, user: string, viewId: string): Promise<void> {
  const open = find(parts, user, viewId);
  const cleared = open.json['clear_on_close'] === true;
  const closed = parts.modals.close(open, cleared);
  for (const view of closed.filter(({ json }) => json['notify_on_close'] === true)) {
    await parts.appRequests.interaction({ type: 'view_closed', ...commonPayload(user), view: withState(view.json), is_cleared: cleared });
  }
}

function applyResponse(parts: Parts, open: OpenView, body: string): Record<string, string> | undefined {
  const response = body.trim() === '' ? {} : parseJson(body);
  const trouble = (why: string): never => {
    parts.options.log.warn(`The answer to a view_submission was refused: ${why}`);
    throw new PageRefusal(TROUBLE);
  };
  if (!isRecord(response)) return trouble('it is not a JSON object');
  switch (response['response_action']) {
    case undefined:
      parts.modals.close(open);
      return undefined;
    case 'clear':
      parts.modals.close(open, true);
      return undefined;
    case 'errors':
      return errorsOf(open.json, response['errors']) ?? trouble('errors must name input blocks of the view');
    case 'update':
    case 'push': {
      const verdict = checkView(response['view']);
      if (!verdict.ok) return trouble(`${verdict.error} ${verdict.problems.map(describeProblem).join('; ')}`);
      try {
        if (response['response_action'] === 'update') parts.modals.update({ id: open.json.id }, verdict.view);
        else parts.modals.push(open.user, verdict.view);
      } catch (error) {
        if (error instanceof SlackError) return trouble(error.message);
        throw error;
      }
      return undefined;
    }
    default:
      return trouble(`response_action "${String(response['response_action'])}" does not exist`);
  }
}

function errorsOf(view: ViewJson, errors: unknown): Record<string, string> | undefined {
  const blocks = Array.isArray(view['blocks']) ? view['blocks'].filter(isRecord) : [];
  const inputs = blocks.filter((block) => block['type'] === 'input').map((block) => block['block_id']);
  if (!isRecord(errors) || Object.keys(errors).length === 0) return undefined;
  const entries = Object.entries(errors).map(([block, text]) => [block, String(text)] as const);
  return entries.every(([block]) => inputs.includes(block)) ? Object.fromEntries(entries) : undefined;
}

function withState(view: ViewJson): Record<string, unknown> {
  return { ...view, state: { values: collectValues(view['blocks'], {}).values } };
}

function find(parts: Parts, user: string, viewId: string): OpenView {
  const open = parts.modals.find(user, viewId);
  if (open === undefined) throw new PageRefusal('This window is closed already.');
  return open;
}
