/** Who people are, as Slack says now. Every failure is an error: nobody is let through because Slack did not answer. */
import type { WebClient } from '@slack/web-api';
import type { ActorProfile, Directory } from '../incident/desk.ts';
import type { Actor } from '../incident/types.ts';

export class DirectoryUnavailableError extends Error {
  readonly code = 'DIRECTORY_UNAVAILABLE';
  constructor(what: string, cause: unknown) {
    super(`Slack could not say ${what} (${cause instanceof Error ? cause.message : String(cause)}); try again in a moment, and check the scopes users:read and usergroups:read`, { cause });
    this.name = 'DirectoryUnavailableError';
  }
}

interface SlackUser {
  team_id?: string;
  name?: string;
  real_name?: string;
  deleted?: boolean;
  is_bot?: boolean;
  is_restricted?: boolean;
  is_ultra_restricted?: boolean;
  is_stranger?: boolean;
  profile?: { display_name?: string; real_name?: string };
  enterprise_user?: { id?: string; enterprise_id?: string };
}

interface Home {
  teamId?: string;
  enterpriseId?: string;
}

/** @param timeout milliseconds that Slack has for an answer */
export function createDirectory({ client, timeout = 4000 }: { client: WebClient; timeout?: number }): Directory {
  let home: Promise<Home> | undefined;

  /** The workspace that the app is installed in, asked once. */
  function homeOf(): Promise<Home> {
    home ??= client.auth.test().then(({ team_id, enterprise_id }) => ({ teamId: team_id, enterpriseId: enterprise_id }));
    home.catch(() => (home = undefined));
    return home;
  }

  return {
    async profile(actor) {
      const [own, user] = await within(timeout, 'who clicked', () => Promise.all([homeOf(), client.users.info({ user: actor.userId }).then((answer) => answer.user as SlackUser | undefined)]));
      if (!user) throw new DirectoryUnavailableError('who clicked', 'no such user');
      return { userId: actor.userId, teamId: user.team_id ?? actor.teamId, displayName: user.profile?.display_name || user.real_name || user.name || actor.userId, kind: kindOf(actor, user, own), ...(user.enterprise_user?.id && { enterpriseUserId: user.enterprise_user.id }) };
    },
    async groupMembers(groupId) {
      const answer = await within(timeout, `who is in the user group ${groupId}`, () => client.usergroups.users.list({ usergroup: groupId }));
      if (!answer.users) throw new DirectoryUnavailableError(`who is in the user group ${groupId}`, 'no list in the answer');
      return answer.users;
    },
  };
}

function kindOf(actor: Actor, user: SlackUser, home: Home): ActorProfile['kind'] {
  if (user.is_bot || actor.userId === 'USLACKBOT') return 'bot';
  const sameOrganisation = home.enterpriseId !== undefined && user.enterprise_user?.enterprise_id === home.enterpriseId;
  if (user.deleted || user.is_stranger || (user.team_id !== home.teamId && !sameOrganisation)) return 'stranger';
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'member';
}

async function within<T>(milliseconds: number, what: string, ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    });
    return await Promise.race([ask(), late]);
  } catch (error) {
    throw new DirectoryUnavailableError(what, error);
  } finally {
    clearTimeout(timer);
  }
}
