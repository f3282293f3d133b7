/**
 * The only door from outside or model text to Slack: nothing that passes it can mention, link, hide or reorder.
 * Lengths are counted after escaping, as Slack counts them.
 */

/** Prose: invisible and direction-changing characters are gone, right-to-left letters stay. */
export function clean(text: string): string {
  return wellFormed(text).replace(invisible, '').replace(/(\p{M}{4})\p{M}+/gu, '$1').replace(/\n{3,}/g, '\n\n').trim();
}

/** What runs or was printed: nothing is dropped; what can't be seen is written out, as in `\u{202e}`. */
export function reveal(text: string): string {
  return wellFormed(text).replace(invisible, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** One line of prose. */
export function oneLine(text: string, limit = 150): string {
  return truncate(clean(text).replace(/\s+/g, ' '), limit);
}

/** For mrkdwn and for a message's top-level text: no entity, mention, link or formatting survives. */
export function escapeText(text: string): string {
  return escapeEntities(text)
    .replace(/[*~`]/g, (mark) => lookalikes[mark] ?? mark)
    .replace(/:(?=[a-z_+-][a-z0-9_+-]*:)/gi, '\u2236');
}

/** Cuts between graphemes so that the escaped text, with its "…", is at most `limit` long. */
export function truncate(text: string, limit: number): string {
  if (costOf(text) <= limit) return text;
  let cost = 1;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text.slice(0, limit))) {
    cost += costOf(segment);
    if (cost > limit) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}

/** The head and the tail, with what is left out between them said in words. */
export function truncateMiddle(text: string, limit: number): string {
  if (costOf(text) <= limit) return text;
  const half = Math.floor((limit - 60) / 2);
  const head = truncate(text, half);
  const tail = [...graphemes.segment(text.slice(-half))].slice(1).map(({ segment }) => segment);
  while (tail.length > 0 && costOf(tail.join('')) > half) tail.splice(0, Math.max(1, Math.floor(tail.length / 8)));
  const shown = tail.join('');
  return `${head}\n(${text.length - head.length - shown.length} characters left out)\n${shown}`;
}

/** Length as Slack counts it: after `&`, `<` and `>` became entities. */
export function costOf(text: string): number {
  return text.length + 4 * count(text, '&') + 3 * count(text, '<') + 3 * count(text, '>');
}

/** A mention of a person we know by id; anything that isn't a Slack id is shown as text. */
export function person(userId: string): string {
  return isUserId(userId) ? `<@${userId}>` : escapeText(oneLine(userId, 40));
}

export function isUserId(userId: string): boolean {
  return /^[UW][A-Z0-9]{2,20}$/.test(userId);
}

/** A mention of a user group from our configuration. */
export function group(groupId: string): string {
  return /^S[A-Z0-9]{2,20}$/.test(groupId) ? `<!subteam^${groupId}>` : escapeText(oneLine(groupId, 40));
}

/** For dateText(): the day and the second. */
export const moment = '{date_short_pretty} {time_secs}';

/** A moment in the reader's own time zone. */
export function dateText(iso: string, format = '{time}'): string {
  const milliseconds = Date.parse(iso);
  if (Number.isNaN(milliseconds)) return escapeText(oneLine(iso, 40));
  return `<!date^${Math.floor(milliseconds / 1000)}^${format}|${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

/** The URL when it is plain http(s) without credentials and can't break out of `<url|label>`. */
export function safeUrl(url: string | undefined): { url: string; host: string } | undefined {
  if (!url || url.length > 2000 || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (!['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '') return undefined;
  const href = parsed.href.replace(/[<>|\s]/g, encodeURIComponent);
  return { url: href, host: parsed.host };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Format characters that show nothing (but not the few that do, such as the Arabic number sign), fillers, and controls. */
const invisible =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /(?![\u0600-\u0605\u06dd\u070f\u08e2\u{110bd}\u{110cd}])[\p{Cf}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;

const lookalikes: Record<string, string> = { '*': '\u2217', '~': '\u223c', '`': '\u02cb' };

function wellFormed(text: string): string {
  return text.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n').replace(/\p{Surrogate}/gu, '\ufffd');
}

function escapeEntities(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function count(text: string, character: string): number {
  let found = 0;
  for (let index = text.indexOf(character); index !== -1; index = text.indexOf(character, index + 1)) found += 1;
  return found;
}

/** What somebody else named a thing, in quotes that it can't close: beside words that code wrote it must not pass for them. */
export function quoted(text: string, limit: number): string {
  return `“${oneLine(text.replaceAll(/[“”„‟]/g, "'"), limit)}”`;
}
