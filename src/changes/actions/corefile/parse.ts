/** A Corefile, strictly: server blocks of plugins, each on its line, with at most one block of options. What else CoreDNS would take is refused. */
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';

export interface Plugin {
  name: string;
  arguments: string[];
  /** Lines of its block; undefined when it has none. */
  options: string[][] | undefined;
}

export interface ServerBlock {
  /** As written: `.:53`, `corp.example:53`. */
  keys: string[];
  plugins: Plugin[];
}

const longest = 20_000;
/** No quotes, and no braces but those of a rewrite's groups: neither text over several lines, nor variables of the environment. */
const word = /^(?:[!-~](?<![{}"`])|\{\d\})+(?<!\\)$/;
const serverKey = /^(?:dns:\/\/)?(?:\.|(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.)*[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.?)(?::\d{1,5})?$/;
const pluginName = /^[a-z][a-z0-9_]{0,40}$/;

/** Throws RefusedError, naming the line. */
export function parseCorefile(text: string): ServerBlock[] {
  if (text.length > longest) throw new RefusedError(`A Corefile of more than ${longest} characters is not changed here.`);
  const blocks: ServerBlock[] = [];
  let server: ServerBlock | undefined;
  let options: string[][] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const refuse = (why: string): never => {
      throw new RefusedError(`Line ${index + 1} of the Corefile ${why}: ${plain(line.trim(), 120)}`);
    };
    if (/[^\t -~]/.test(line)) refuse('holds a character that no Corefile needs');
    const words = wordsOf(line);
    if (words.length === 0) continue;
    const opens = words.at(-1) === '{';
    const rest = opens ? words.slice(0, -1) : words;
    if (words.length === 1 && words[0] === '}') {
      if (options !== undefined) options = undefined;
      else if (server !== undefined) server = undefined;
      else refuse('closes what was not opened');
      continue;
    }
    const strange = rest.find((one) => !word.test(one));
    if (strange !== undefined || rest.length === 0) refuse('is not understood');
    if (server === undefined) {
      const keys = rest.map((one) => one.replace(/,$/, ''));
      if (!opens || !keys.every((key) => serverKey.test(key))) refuse('should open a server block, such as .:53 {');
      server = { keys, plugins: [] };
      blocks.push(server);
    } else if (options === undefined) {
      const [name = '', ...given] = rest;
      if (!pluginName.test(name)) refuse('names no plugin');
      if (opens) options = [];
      server.plugins.push({ name, arguments: given, options });
    } else {
      if (opens) refuse('opens a block inside a plugin');
      options.push(rest);
    }
  }
  if (server !== undefined) throw new RefusedError('The Corefile ends within a block: a } is missing.');
  if (blocks.length === 0) throw new RefusedError('The Corefile holds no server block.');
  return blocks;
}

/** Without its comment. */
function wordsOf(line: string): string[] {
  const words = line.split(/[\t ]+/).filter((one) => one !== '');
  const comment = words.findIndex((one) => one.startsWith('#'));
  return comment === -1 ? words : words.slice(0, comment);
}
