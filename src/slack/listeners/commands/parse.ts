/** What was typed after /sre. */
export type Command =
  | { name: 'help'; hint?: string }
  | { name: 'investigate'; text: string }
  | { name: 'status' | 'stop' | 'resume'; incidentId?: string }
  | { name: 'list' };

export function parseCommand(text: string): Command {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  const name = word.toLowerCase();
  if (name === '' || name === 'help') return { name: 'help' };
  if (name === 'investigate') return { name, text: rest };
  if (name === 'list') return { name };
  if (name !== 'status' && name !== 'stop' && name !== 'resume') return { name: 'help', hint: `I don't know "${word}". To investigate it, type: /sre investigate ${text.trim()}` };
  if (rest === '') return { name };
  const id = /^(?:INC-?)?(\d{1,9})$/i.exec(rest);
  return id ? { name, incidentId: `INC-${Number(id[1])}` } : { name: 'help', hint: `"${rest}" is not an incident. Type /sre ${name} INC-12, or /sre list to see them.` };
}
