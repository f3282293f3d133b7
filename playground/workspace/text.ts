/** What Slack's client and server make of the text a person types. */
import { CHANNELS, TEAM, USERS, APPROVERS } from './people.ts';

/**
 * A message as it arrives at an app: escaped, with mentions, channels and links as Slack writes them. The page may have
 * done all of this already, or nothing: the result is the same, and nobody gets to mention everybody.
 */
export function toMessageText(sent: string): string {
  return sent
    .split(/(<[^<>]*>)/)
    .map((part, index) => (index % 2 === 1 && isKnownEntity(part) ? part : links(mentions(escapeText(unescapeText(part)), ''))))
    .join('');
}

function isKnownEntity(part: string): boolean {
  const [, kind = '', target = ''] = /^<(@|#|!subteam\^|(?=https?:))([^|<>\s]+)(?:\|[^<>]*)?>$/.exec(part) ?? [];
  if (kind === '@') return USERS.some((user) => user.id === target);
  if (kind === '#') return CHANNELS.some((channel) => channel.id === target);
  if (kind === '!subteam^') return target === APPROVERS.id;
  return target !== '';
}

/** A slash command's text: escaped; mentions only when the command asks for it, then with their names. */
export function toCommandText(typed: string, shouldEscape: boolean): string {
  const escaped = escapeText(typed);
  return shouldEscape ? mentions(escaped, 'named') : escaped;
}

/** `&`, `<` and `>`, so that nobody can type a mention of everybody. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function mentions(escaped: string, style: 'named' | ''): string {
  const suffix = (name: string) => (style === 'named' ? `|${name}` : '');
  const names = new Map<string, string>();
  for (const user of USERS) {
    names.set(`@${user.realName.toLowerCase()}`, `<@${user.id}${suffix(user.name)}>`);
    names.set(`@${user.name.toLowerCase()}`, `<@${user.id}${suffix(user.name)}>`);
  }
  names.set(`@${APPROVERS.handle}`, `<!subteam^${APPROVERS.id}${suffix(`@${APPROVERS.handle}`)}>`);
  for (const channel of CHANNELS) {
    if (!channel.isDirectMessage) names.set(`#${channel.name}`, `<#${channel.id}${suffix(channel.name)}>`);
  }
  const alternatives = [...names.keys()].sort((a, b) => b.length - a.length).map(escapePattern);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_.-])(?:${alternatives.join('|')})(?![\\p{L}\\p{N}_-])`, 'giu');
  return outsideCode(escaped, (part) => part.replace(pattern, (found) => names.get(found.toLowerCase()) ?? found));
}

function links(text: string): string {
  return outsideCode(text, (part) => part.replace(/(?<![<|\w])https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"\]]/g, (url) => `<${url}>`));
}

function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('');
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** `1700000000.123456` as in a permalink: p1700000000123456. */
export function permalink(baseUrl: string, channel: string, ts: string, threadTs?: string): string {
  const thread = threadTs !== undefined && threadTs !== ts ? `?thread_ts=${threadTs}&cid=${channel}` : '';
  return `${baseUrl}/archives/${channel}/p${ts.replace('.', '')}${thread}`;
}

export const TEAM_URL = `https://${TEAM.domain}.slack.com/`;
