/** Interactive elements: what may stand in actions, as a section's accessory, and in an input. */
import { all, array, boolean, exactlyOne, integer, literal, number, object, string } from './check.ts';
import type { Check } from './check.ts';
import { confirm, identifier, imageElement, option, optionGroup, plainOption, plainText, style, url } from './objects.ts';

const placeholder = plainText(150);
const date = string({ pattern: /^\d{4}-\d{2}-\d{2}$/ });
const time = string({ pattern: /^\d{2}:\d{2}$/ });
const options100 = array(plainOption, { maximum: 100 });
const dispatch = object({}, { trigger_actions_on: array(literal('on_enter_pressed', 'on_character_entered')) });

function interactive(type: string, required: Record<string, Check> = {}, optional: Record<string, Check> = {}): Check {
  return object({ type: literal(type), ...required }, { action_id: identifier, ...optional });
}

const focus = { focus_on_load: boolean };
const menu = { confirm, placeholder, ...focus };
const many = { ...menu, max_selected_items: integer(1, 100) };
const responds = { response_url_enabled: boolean, default_to_current_conversation: boolean, filter: object({}, { include: array(literal('im', 'mpim', 'private', 'public')), exclude_external_shared_channels: boolean, exclude_bot_users: boolean }) };
const choices = { options: options100, option_groups: array(optionGroup, { maximum: 100 }) };
const ids = array(string({ minimum: 1 }), { minimum: 0 });

const button = interactive(
  'button',
  { text: plainText(75) },
  { value: string({ maximum: 2000 }), url, style, confirm, accessibility_label: string({ maximum: 75 }) },
);

const selects: Record<string, Check> = {
  static_select: all(interactive('static_select', {}, { ...menu, ...choices, initial_option: plainOption }), exactlyOne('options', 'option_groups')),
  multi_static_select: all(interactive('multi_static_select', {}, { ...many, ...choices, initial_options: options100 }), exactlyOne('options', 'option_groups')),
  users_select: interactive('users_select', {}, { ...menu, initial_user: string() }),
  multi_users_select: interactive('multi_users_select', {}, { ...many, initial_users: ids }),
  conversations_select: interactive('conversations_select', {}, { ...menu, ...responds, initial_conversation: string() }),
  multi_conversations_select: interactive('multi_conversations_select', {}, { ...many, ...responds, initial_conversations: ids }),
  channels_select: interactive('channels_select', {}, { ...menu, response_url_enabled: boolean, initial_channel: string() }),
  multi_channels_select: interactive('multi_channels_select', {}, { ...many, initial_channels: ids }),
};

const pickers: Record<string, Check> = {
  radio_buttons: interactive('radio_buttons', { options: array(option, { maximum: 10 }) }, { initial_option: option, confirm, ...focus }),
  checkboxes: interactive('checkboxes', { options: array(option, { maximum: 10 }) }, { initial_options: array(option), confirm, ...focus }),
  datepicker: interactive('datepicker', {}, { ...menu, initial_date: date }),
  timepicker: interactive('timepicker', {}, { ...menu, initial_time: time, timezone: string() }),
  datetimepicker: interactive('datetimepicker', {}, { confirm, ...focus, initial_date_time: number }),
};

const overflow = interactive('overflow', { options: array(plainOption, { maximum: 5 }) }, { confirm });
const typed = { placeholder, ...focus, dispatch_action_config: dispatch, initial_value: string({ maximum: 3000 }) };

export const ACTION_ELEMENTS: Record<string, Check> = { button, overflow, ...selects, ...pickers };
export const ACCESSORIES: Record<string, Check> = { ...ACTION_ELEMENTS, image: imageElement };

export const INPUT_ELEMENTS: Record<string, Check> = {
  ...selects,
  ...pickers,
  plain_text_input: interactive('plain_text_input', {}, { ...typed, multiline: boolean, min_length: integer(0, 3000), max_length: integer(1, 3000) }),
  number_input: interactive('number_input', { is_decimal_allowed: boolean }, { ...typed, min_value: string(), max_value: string() }),
  email_text_input: interactive('email_text_input', {}, typed),
  url_text_input: interactive('url_text_input', {}, typed),
};
