/** Everything that Slack can send us. */
import { register as actions } from './actions/index.ts';
import { register as sre } from './commands/sre.ts';
import { register as mention } from './events/mention.ts';
import type { Register } from './listening.ts';
import { register as investigateMessage } from './shortcuts/investigate-message.ts';
import { register as views } from './views/index.ts';

export const registerListeners: Register = (app, listening) => {
  sre(app, listening);
  actions(app, listening);
  views(app, listening);
  mention(app, listening);
  investigateMessage(app, listening);
};
