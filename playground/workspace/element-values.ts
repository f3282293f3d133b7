/** What a person chose or typed in an element, checked against the element itself. */
import { isRecord } from './http.ts';

type Element = Record<string, unknown>;

/** The value as Slack sends it (`{ type, selected_option: ... }`); undefined when the element does not offer it. */
export function chosenValue(element: Element, given: Element): Element | undefined {
  const type = String(element['type']);
  const field = FIELDS[type];
  if (field === undefined) return undefined;
  const chosen = given[field] ?? given['value'];
  if (field === 'selected_option') {
    const value = isRecord(chosen) ? chosen['value'] : chosen;
    if (value === null || value === undefined) return { type, [field]: null };
    const option = optionsOf(element).find((candidate) => candidate['value'] === value);
    return option === undefined ? undefined : { type, [field]: option };
  }
  if (field === 'selected_options') {
    const values = (Array.isArray(chosen) ? chosen : []).map((entry: unknown) => (isRecord(entry) ? entry['value'] : entry));
    const options = optionsOf(element).filter((candidate) => values.includes(candidate['value']));
    return options.length === values.length ? { type, [field]: options } : undefined;
  }
  if (field.endsWith('s')) return { type, [field]: Array.isArray(chosen) ? chosen.filter((entry) => typeof entry === 'string') : [] };
  if (field === 'selected_date_time') return { type, [field]: typeof chosen === 'number' ? chosen : null };
  return { type, [field]: typeof chosen === 'string' && chosen !== '' ? chosen : null };
}

/** What it holds before anybody touches it; undefined for buttons, menus and images. */
export function initialValue(element: Element): Element | undefined {
  const field = FIELDS[String(element['type'])];
  if (field === undefined || element['type'] === 'overflow') return undefined;
  const initial = element[field === 'value' ? 'initial_value' : field.replace(/^selected_/, 'initial_')];
  return chosenValue(element, { [field]: initial ?? null });
}

/** Why the value can't be submitted, in the client's words; undefined when it can. */
export function complaint(element: Element, value: Element, optional: boolean): string | undefined {
  const content = value[FIELDS[String(element['type'])] ?? ''];
  const empty = content === null || content === undefined || content === '' || (Array.isArray(content) && content.length === 0);
  if (empty) return optional ? undefined : 'Please complete this required field.';
  if (typeof content !== 'string') return undefined;
  const { min_length: minimum, max_length: maximum } = element;
  if (typeof minimum === 'number' && content.length < minimum) return `Please enter at least ${minimum} characters.`;
  if (content.length > (typeof maximum === 'number' ? maximum : 3000)) return `Please enter no more than ${typeof maximum === 'number' ? maximum : 3000} characters.`;
  if (element['type'] === 'number_input') return numberComplaint(element, content);
  return undefined;
}

function numberComplaint(element: Element, content: string): string | undefined {
  const number = Number(content);
  if (content.trim() === '' || !Number.isFinite(number)) return 'Please enter a number.';
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (typeof element['min_value'] === 'string' && number < Number(element['min_value'])) return `Please enter ${element['min_value']} or more.`;
  if (typeof element['max_value'] === 'string' && number > Number(element['max_value'])) return `Please enter ${element['max_value']} or less.`;
  return undefined;
}

function optionsOf(element: Element): Element[] {
  const groups = Array.isArray(element['option_groups']) ? element['option_groups'].filter(isRecord).flatMap((group) => group['options']) : [];
  return [...(Array.isArray(element['options']) ? (element['options'] as unknown[]) : []), ...groups].filter(isRecord);
}

const FIELDS: Readonly<Record<string, string>> = {
  plain_text_input: 'value',
  number_input: 'value',
  email_text_input: 'value',
  url_text_input: 'value',
  static_select: 'selected_option',
  radio_buttons: 'selected_option',
  overflow: 'selected_option',
  multi_static_select: 'selected_options',
  checkboxes: 'selected_options',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
  users_select: 'selected_user',
  channels_select: 'selected_channel',
  conversations_select: 'selected_conversation',
  multi_users_select: 'selected_users',
  multi_channels_select: 'selected_channels',
  multi_conversations_select: 'selected_conversations',
};
