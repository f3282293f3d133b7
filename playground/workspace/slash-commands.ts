/** "/sre ..." typed in a channel. */
import { acknowledged, ranOutOfTime } from './app-requests.ts';
import { isRecord, parseJson } from './http.ts';
import { DEFAULT_SLASH_COMMANDS } from './options.ts';
import type { Parts } from './parts.ts';
import { VERIFICATION_TOKEN } from './payloads.ts';
import { APP_ID, SLACKBOT, TEAM, findUser } from './people.ts';
import type { Channel } from './people.ts';
import { respond } from './response-urls.ts';
import { SlackError } from './slack-error.ts';
import { toCommandText } from './text.ts';

export interface TypedCommand {
  user: string;
  channel: Channel;
  threadTs?: string;
  /** Everything that was typed, with the slash. */
  typed: string;
}

/** Resolves when the app has acknowledged, or the person has been told that it did not. */
export async function runSlashCommand(parts: Parts, { user, channel, threadTs, typed }: TypedCommand): Promise<void> {
  const [, name = '', rest = ''] = /^(\/\S*)\s*([\s\S]*)$/.exec(typed.trim()) ?? [];
  const say = (text: string): void => {
    parts.messages.postEphemeral(user, { channel: channel.id, user: SLACKBOT, text, ...(threadTs !== undefined && { thread_ts: threadTs }) });
  };
  const command = (parts.options.manifest?.slashCommands ?? DEFAULT_SLASH_COMMANDS).find((candidate) => candidate.command === name);
  if (command === undefined) return say(`\`${name}\` is not a valid command. In Slack, all messages that start with the "/" character are interpreted as commands.`);
  if (threadTs !== undefined) return say(`${name} is not supported in threads. Sorry!`);
  const answer = await parts.appRequests.form({
    token: VERIFICATION_TOKEN,
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: channel.id,
    channel_name: channel.isDirectMessage ? 'directmessage' : channel.name,
    user_id: user,
    user_name: findUser(user)?.name ?? '',
    command: name,
    text: toCommandText(rest, command.shouldEscape ?? false),
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: parts.responseUrls.issue({ user, channel: channel.id }),
    trigger_id: parts.triggers.issue({ user }),
  });
  if (ranOutOfTime(answer, parts.limits.acknowledgement)) return say(`${name} failed because the app did not respond (operation_timeout).`);
  if (answer.outcome !== 'answered' || !acknowledged(answer)) return say(`${name} failed with the error "dispatch_failed".`);
  if (answer.body.trim() === '') return;
  const json = parseJson(answer.body);
  try {
    respond(parts.messages, { user, channel: channel.id }, isRecord(json) ? json : { text: answer.body });
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    say(`${name} failed with the error "${error.code}".`);
    parts.options.log.warn(`The acknowledgement of ${name} was refused: ${error.message}`);
  }
}
