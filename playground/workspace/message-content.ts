/** The text, blocks, attachments and metadata of a message the app sends, checked as Slack checks them. */
import { isRecord, parseJson } from './http.ts';
import { SlackError } from './slack-error.ts';
import type { StoredMessage } from './state.ts';
import { MAXIMUM_MARKDOWN } from './validation/blocks.ts';
import { describeProblem } from './validation/check.ts';
import { fillIdentifiers } from './validation/identifiers.ts';
import { checkMessageBlocks } from './validation/message-blocks.ts';

export type MessageContent = Pick<StoredMessage, 'text' | 'blocks' | 'attachments' | 'metadata'>;

export const MAXIMUM_TEXT = 40_000;
const MAXIMUM_ATTACHMENTS = 100;

/** Throws SlackError: no_text, invalid_blocks, msg_blocks_too_long, too_many_attachments, markdown_text_conflict, msg_too_long, ... */
export function parseMessageContent(values: Record<string, unknown>): MessageContent {
  const text = values['text'] === undefined || values['text'] === null ? '' : String(values['text']);
  const blocks = parseBlocks(values['blocks']);
  const attachments = parseAttachments(values['attachments']);
  const metadata = parseMetadata(values['metadata']);
  const markdown = values['markdown_text'];
  if (markdown !== undefined && (text !== '' || blocks !== undefined)) throw new SlackError('markdown_text_conflict');
  if (typeof markdown === 'string' && markdown.length > MAXIMUM_MARKDOWN) throw new SlackError('msg_too_long');
  if (typeof markdown === 'string' && markdown !== '') {
    return { text: markdown, blocks: fillIdentifiers([{ type: 'markdown', text: markdown }]), ...(metadata !== undefined && { metadata }) };
  }
  if (text === '' && (blocks === undefined || blocks.length === 0) && attachments === undefined) throw new SlackError('no_text');
  return {
    text: text.slice(0, MAXIMUM_TEXT),
    ...(blocks !== undefined && blocks.length > 0 && { blocks }),
    ...(attachments !== undefined && { attachments }),
    ...(metadata !== undefined && { metadata }),
  };
}

function parseBlocks(value: unknown): unknown[] | undefined {
  const blocks = decode(value);
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
  const verdict = checkMessageBlocks(blocks);
  if (!verdict.ok) throw new SlackError(verdict.error, verdict.problems.map(describeProblem));
  return fillIdentifiers(blocks);
}

function parseAttachments(value: unknown): unknown[] | undefined {
  const attachments = decode(value);
  if (attachments === undefined) return undefined;
  if (!Array.isArray(attachments) || !attachments.every(isRecord)) throw new SlackError('invalid_attachments');
  if (attachments.length > MAXIMUM_ATTACHMENTS) throw new SlackError('too_many_attachments');
  return attachments.length === 0
    ? undefined
    : attachments.map((attachment, index) => {
        if (attachment['blocks'] === undefined) return attachment;
        const verdict = checkMessageBlocks(attachment['blocks']);
        if (!verdict.ok) throw new SlackError(verdict.error, verdict.problems.map((problem) => describeProblem({ ...problem, pointer: `/attachments/${index}${problem.pointer}` })));
        return { ...attachment, blocks: fillIdentifiers(attachment['blocks'] as unknown[]) };
      });
}

function parseMetadata(value: unknown): MessageContent['metadata'] {
  const metadata = decode(value);
  if (metadata === undefined) return undefined;
  if (!isRecord(metadata)) throw new SlackError('invalid_metadata_format');
  const { event_type: type, event_payload: payload } = metadata;
  if (typeof type !== 'string' || !isRecord(payload)) throw new SlackError('invalid_metadata_schema');
  return { event_type: type, event_payload: payload };
}

/** Form-encoded calls carry JSON in strings; a string that is no JSON stays one, and is refused by its reader. */
function decode(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? (parseJson(value) ?? value) : value;
}
