/** Block Kit's composition objects. */
import { all, array, boolean, byType, exactlyOne, literal, object, string } from './check.ts';
import type { Check } from './check.ts';

export const identifier = string({ minimum: 1, maximum: 255 });
export const url = string({ minimum: 1, maximum: 3000, pattern: /^(https?|mailto|slack):/ });
export const style = literal('primary', 'danger');

export function plainText(maximum: number, minimum = 1): Check {
  return byType({ plain_text: object({ type: literal('plain_text'), text: string({ minimum, maximum }) }, { emoji: boolean }) });
}

export function markup(maximum: number): Check {
  return byType({ mrkdwn: object({ type: literal('mrkdwn'), text: string({ minimum: 1, maximum }) }, { verbatim: boolean }) });
}

/** plain_text or mrkdwn. */
export function text(maximum: number): Check {
  return byType({
    plain_text: plainText(maximum),
    mrkdwn: markup(maximum),
  });
}

export const confirm = object({ text: text(300) }, { title: plainText(100), confirm: plainText(30), deny: plainText(30), style });

/** An option of a select or an overflow menu. */
export const plainOption = object({ text: plainText(75), value: string({ minimum: 1, maximum: 150 }) }, { description: plainText(75), url });
/** An option of checkboxes or radio buttons. */
export const option = object({ text: text(75), value: string({ minimum: 1, maximum: 150 }) }, { description: text(75) });

export const optionGroup = object({ label: plainText(75), options: array(plainOption, { maximum: 100 }) });

export const slackFile = all(object({}, { id: string({ minimum: 1 }), url }), exactlyOne('id', 'url'));
const imageFields = { image_url: url, slack_file: slackFile };

export const imageElement = all(
  object({ type: literal('image'), alt_text: string({ minimum: 1, maximum: 2000 }) }, imageFields),
  exactlyOne('image_url', 'slack_file'),
);

export const imageBlock = all(
  object({ type: literal('image'), alt_text: string({ minimum: 1, maximum: 2000 }) }, { ...imageFields, title: plainText(2000), block_id: identifier }),
  exactlyOne('image_url', 'slack_file'),
);
