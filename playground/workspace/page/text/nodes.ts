/** What mrkdwn, Markdown and rich_text all become, before anything is drawn. Text in it is plain: never markup. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'styled'; style: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; children: Inline[] }
  | { kind: 'user' | 'channel' | 'usergroup'; id: string; label: string }
  | { kind: 'broadcast'; range: string }
  | { kind: 'emoji'; name: string; character: string }
  | { kind: 'date'; timestamp: number; format: string; url: string; fallback: string };

export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'code'; text: string; language: string }
  | { kind: 'list'; ordered: boolean; start: number; items: ListItem[] }
  | { kind: 'rule' }
  | { kind: 'table'; align: Alignment[]; rows: Inline[][][] };

export interface ListItem {
  children: Block[];
  /** Markdown's task lists; null for an ordinary item. */
  checked: boolean | null;
}

export type Alignment = 'left' | 'center' | 'right';

const allowedProtocols = new Set(['http:', 'https:', 'mailto:']);

/** The address in its normal form, or null when it is not one that a page may link to. */
export function safeUrl(url: string): string | null {
  try {
    const parsed = new URL(url);
    return allowedProtocols.has(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link, or its text when the address is not http(s) or mailto. */
export function link(url: string, children: Inline[]): Inline[] {
  const address = safeUrl(url);
  return address === null ? children : [{ kind: 'link', url: address, children }];
}

/** Joins neighbouring text, drops what is empty. */
export function tidy(nodes: Inline[]): Inline[] {
  const result: Inline[] = [];
  for (const node of nodes) {
    const last = result.at(-1);
    if (node.kind === 'text' && node.text === '') continue;
    if (node.kind === 'text' && last?.kind === 'text') result[result.length - 1] = { kind: 'text', text: last.text + node.text };
    else result.push(node);
  }
  return result;
}

/** What a reader sees, without styles: for tests, titles and labels. */
export function plainText(nodes: (Inline | Block)[]): string {
  return nodes.map(plainNode).join('');
}

function plainNode(node: Inline | Block): string {
  switch (node.kind) {
    case 'text':
    case 'code':
      return node.text;
    case 'styled':
    case 'link':
    case 'paragraph':
    case 'heading':
    case 'quote':
      return plainText(node.children);
    case 'list':
      return node.items.map((item) => plainText(item.children)).join('\n');
    case 'table':
      return node.rows.map((row) => row.map((cell) => plainText(cell)).join('\t')).join('\n');
    case 'rule':
      return '';
    case 'emoji':
      return node.character;
    case 'date':
      return node.fallback;
    case 'broadcast':
      return `@${node.range}`;
    default:
      return node.label === '' ? node.id : node.label;
  }
}
