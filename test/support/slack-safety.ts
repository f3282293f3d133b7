/** What must hold of anything that goes to Slack, whatever words are in it: a list of what is wrong, empty when nothing is. */
export function slackFaults(blocks: readonly unknown[], text: string, ours: (inner: string) => boolean = () => false): string[] {
  const markdown = [...markdownIn(blocks), text];
  const entities = markdown.flatMap((each) => [...each.matchAll(/<([^<>]*)>/g)].map(([, inner = '']) => inner)).filter((inner) => !inner.startsWith('!date^') && !ours(inner));
  const loose = markdown.filter((each) => /[<>]/.test(each.replace(/<[^<>]*>/g, '')));
  const types = typesIn(blocks).filter((type) => ['broadcast', 'user', 'usergroup', 'channel', 'link', 'team', 'image', 'video', 'file'].includes(type));
  const hidden = invisibleIn(JSON.stringify([blocks, text]));
  return [...entities.map((inner) => `an entity: <${inner}>`), ...loose.map((each) => `a bracket: ${each}`), ...types.map((type) => `an element: ${type}`), ...hidden.map((one) => `an invisible character: ${one.codePointAt(0)?.toString(16)}`)];
}

/** What shows nothing or reorders, and what begins a terminal's sequence. */
export function invisibleIn(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.match(/[\u001b\u009b\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu) ?? [];
}

export function markdownIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Record<string, unknown>;
  const own = record['type'] === 'mrkdwn' ? [String(record['text']), ...(record['verbatim'] === true ? [] : ['<not verbatim>'])] : [];
  return [...own, ...Object.values(record).flatMap(markdownIn)];
}

export function typesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { type } = value as { type?: unknown };
  return [...(typeof type === 'string' ? [type] : []), ...Object.values(value).flatMap(typesIn)];
}
