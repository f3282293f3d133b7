import { SlackError } from '../slack-error.ts';
import { describeProblem } from '../validation/check.ts';
import { checkView } from '../validation/views.ts';
import { findUser } from '../people.ts';
import type { CallArguments } from './arguments.ts';
import type { Method } from './method.ts';

const open: Method = (call, { triggers, modals }) => {
  const view = viewOf(call, 'modal');
  const trigger = triggers.redeem(call.text('trigger_id'));
  const inside = trigger.viewId !== undefined && modals.stack(trigger.user).length > 0;
  return { view: (inside ? modals.push(trigger.user, view) : modals.open(trigger.user, view)).json };
};

const push: Method = (call, { triggers, modals }) => {
  const view = viewOf(call, 'modal');
  return { view: modals.push(triggers.redeem(call.text('trigger_id')).user, view).json };
};

const update: Method = (call, { modals }) => {
  const view = viewOf(call, 'modal');
  const id = call.text('view_id');
  const externalId = call.text('external_id');
  const hash = call.text('hash');
  if (id === undefined && externalId === undefined) throw new SlackError('invalid_arguments', ['[ERROR] missing required field: view_id']);
  const reference = { ...(id !== undefined && { id }), ...(externalId !== undefined && { externalId }), ...(hash !== undefined && { hash }) };
  return { view: modals.update(reference, view).json };
};

const publish: Method = (call, { modals }) => {
  const user = findUser(call.required('user_id'));
  if (user === undefined || user.isBot) throw new SlackError('invalid_arguments', ['[ERROR] invalid user_id']);
  return { view: modals.publishHome(user.id, viewOf(call, 'home'), call.text('hash')).json };
};

function viewOf(call: CallArguments, type: 'modal' | 'home'): Record<string, unknown> {
  const verdict = checkView(call.json('view'));
  if (!verdict.ok) throw new SlackError(verdict.error, verdict.problems.map(describeProblem));
  if (verdict.view['type'] !== type) throw new SlackError('invalid_arguments', [`[ERROR] must be one of: ${type} [json-pointer:/view/type]`]);
  return verdict.view;
}

export const viewsMethods: Record<string, Method> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
