/** What every request about a person's doing has in common. */
import { APP_ID, TEAM, findUser } from './people.ts';

export const VERIFICATION_TOKEN = 'playground';

export function userPayload(id: string): Record<string, unknown> {
  const user = findUser(id);
  return { id, username: user?.name ?? '', name: user?.name ?? '', team_id: TEAM.id };
}

export function commonPayload(user: string): Record<string, unknown> {
  return {
    team: { id: TEAM.id, domain: TEAM.domain },
    user: userPayload(user),
    api_app_id: APP_ID,
    token: VERIFICATION_TOKEN,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Milliseconds-precise seconds, as `action_ts` is. */
export function actionTimestamp(): string {
  return (Date.now() / 1000).toFixed(6);
}
