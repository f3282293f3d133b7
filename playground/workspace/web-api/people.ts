import type { PageUser } from '../page-api.ts';
import { APP_ID, APPROVERS, BOT_ID, BOT_USER, TEAM, USERS, findUser } from '../people.ts';
import { SlackError } from '../slack-error.ts';
import { TEAM_URL } from '../text.ts';
import type { Method } from './method.ts';

export const peopleMethods: Record<string, Method> = {
  'api.test': (call) => {
    const error = call.text('error');
    if (error !== undefined) throw new SlackError(error);
    return { args: call.values };
  },
  'auth.test': () => ({
    url: TEAM_URL,
    team: TEAM.name,
    user: 'sre-agent',
    team_id: TEAM.id,
    user_id: BOT_USER,
    bot_id: BOT_ID,
    is_enterprise_install: false,
  }),
  'bots.info': (call) => {
    if ((call.text('bot') ?? BOT_ID) !== BOT_ID) throw new SlackError('bot_not_found');
    return { bot: { id: BOT_ID, deleted: false, name: 'sre-agent', updated: 0, app_id: APP_ID, user_id: BOT_USER, icons: {} } };
  },
  'users.info': (call) => {
    const user = findUser(call.required('user'));
    if (user === undefined) throw new SlackError('user_not_found');
    return { user: userJson(user) };
  },
  'users.list': () => ({ members: USERS.map(userJson), cache_ts: 0, response_metadata: { next_cursor: '' } }),
  'usergroups.list': (call) => ({
    usergroups: [
      {
        id: APPROVERS.id,
        team_id: TEAM.id,
        is_usergroup: true,
        name: APPROVERS.name,
        handle: APPROVERS.handle,
        description: 'May approve what sre-agent proposes',
        is_external: false,
        date_delete: 0,
        ...(call.flag('include_users') && { users: APPROVERS.users }),
        ...(call.flag('include_count') && { user_count: APPROVERS.users.length }),
      },
    ],
  }),
  'usergroups.users.list': (call) => {
    if (call.required('usergroup') !== APPROVERS.id) throw new SlackError('no_such_subteam');
    return { users: APPROVERS.users };
  },
};

function userJson(user: PageUser): Record<string, unknown> {
  return {
    id: user.id,
    team_id: TEAM.id,
    name: user.name,
    real_name: user.realName,
    deleted: false,
    is_bot: user.isBot,
    is_app_user: false,
    is_admin: false,
    tz: 'Etc/UTC',
    tz_offset: 0,
    profile: { real_name: user.realName, display_name: user.name, title: user.title, email: `${user.name}@playground.example`, ...(user.isBot && { bot_id: BOT_ID, api_app_id: APP_ID }) },
  };
}
