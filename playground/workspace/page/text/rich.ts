import { asList, asNumber, asRecord, asText, type Json } from '../json.ts';
import { emojiCharacter } from './emoji.ts';
import { link, type Block, type Inline } from './nodes.ts';

/** Reads a rich_text block. Lists that follow one another nest by their indent, as Slack draws them. */
export function parseRichText(block: Json): Block[] {
  const blocks: Block[] = [];
  let lists: { indent: number; list: Extract<Block, { kind: 'list' }> }[] = [];
  for (const part of asList(block['elements'])) {
    if (part['type'] !== 'rich_text_list') lists = [];
    switch (part['type']) {
      case 'rich_text_list':
        lists = addList(blocks, lists, part);
        break;
      case 'rich_text_quote':
        blocks.push({ kind: 'quote', children: [{ kind: 'paragraph', children: inlines(part) }] });
        break;
      case 'rich_text_preformatted':
        blocks.push({ kind: 'code', text: asList(part['elements']).map((each) => asText(each['text']) || asText(each['url'])).join(''), language: asText(part['language']) });
        break;
      default:
        blocks.push({ kind: 'paragraph', children: inlines(part) });
    }
  }
  return blocks;
}

type OpenList = { indent: number; list: Extract<Block, { kind: 'list' }> };

function addList(blocks: Block[], open: OpenList[], part: Json): OpenList[] {
  const indent = Math.min(asNumber(part['indent']) ?? 0, 8);
  const ordered = part['style'] === 'ordered';
  const items = asList(part['elements']).map((item) => ({ checked: null, children: parseRichText(item['type'] === 'rich_text_section' ? { elements: [item] } : item) }));
  const rest = open.filter((each) => each.indent < indent || (each.indent === indent && each.list.ordered === ordered));
  const last = rest.at(-1);
  if (last !== undefined && last.indent === indent) {
    last.list.items.push(...items);
    return rest;
  }
  const list: OpenList['list'] = { kind: 'list', ordered, start: (asNumber(part['offset']) ?? 0) + 1, items };
  (last?.list.items.at(-1)?.children ?? blocks).push(list);
  return [...rest, { indent, list }];
}

function inlines(part: Json): Inline[] {
  return asList(part['elements']).flatMap(readElement);
}

function readElement(part: Json): Inline[] {
  const style = asRecord(part['style']);
  let nodes = content(part, style['code'] === true);
  for (const name of ['strike', 'italic', 'bold'] as const) if (style[name] === true) nodes = [{ kind: 'styled', style: name, children: nodes }];
  return nodes;
}

function content(part: Json, code: boolean): Inline[] {
  const text = asText(part['text']);
  switch (part['type']) {
    case 'text':
      return [code ? { kind: 'code', text } : { kind: 'text', text }];
    case 'link':
      return link(asText(part['url']), [code ? { kind: 'code', text: text || asText(part['url']) } : { kind: 'text', text: text || asText(part['url']) }]);
    case 'user':
      return [{ kind: 'user', id: asText(part['user_id']), label: '' }];
    case 'channel':
      return [{ kind: 'channel', id: asText(part['channel_id']), label: '' }];
    case 'usergroup':
      return [{ kind: 'usergroup', id: asText(part['usergroup_id']), label: '' }];
    case 'broadcast':
      return [{ kind: 'broadcast', range: asText(part['range']) }];
    case 'emoji':
      return [emoji(part)];
    case 'date':
      return [{ kind: 'date', timestamp: asNumber(part['timestamp']) ?? 0, format: asText(part['format']), url: asText(part['url']), fallback: asText(part['fallback']) }];
    case 'color':
      return [{ kind: 'code', text: asText(part['value']) }];
    default:
      return [{ kind: 'text', text: text || `[${asText(part['type'])}]` }];
  }
}

function emoji(part: Json): Inline {
  const name = asText(part['name']);
  const points = asText(part['unicode']).split('-').map((point) => Number.parseInt(point, 16));
  const valid = points.every((point) => point > 0 && point <= 0x10ffff);
  const character = emojiCharacter(name) ?? (valid ? String.fromCodePoint(...points) : null);
  return character === null ? { kind: 'text', text: `:${name}:` } : { kind: 'emoji', name, character };
}
