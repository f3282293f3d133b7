/** What a Corefile does to one name: which plugin keeps the cluster's own answer from it, and the same text without that plugin. */

export interface Obstacle {
  kind: 'template' | 'rewrite' | 'zone';
  /** As it stands there, in one line. */
  text: string;
  /** The whole Corefile with this undone, and nothing else. */
  without: string;
}

interface Plugin {
  name: string;
  words: string[];
  options: string[][];
  /** Of its first and last line. */
  first: number;
  last: number;
}

interface Block {
  zones: string[];
  plugins: Plugin[];
}

/** What stands between `name` (fully qualified, without the last dot) and its Service. `exists` tells names that Services have. `domain`: the cluster's. */
export function obstaclesTo(name: string, corefile: string, { domain, exists }: { domain: string; exists: (name: string) => boolean }): Obstacle[] {
  const lines = corefile.split('\n');
  const block = serving(name, blocksOf(lines));
  if (block === undefined) return [];
  const between = block.plugins.flatMap((plugin): Obstacle[] => {
    const taken = plugin.name === 'template' ? answers(plugin, name) : plugin.name === 'rewrite' && sendsAway(plugin, name, exists);
    return taken ? [{ kind: plugin.name as 'template' | 'rewrite', text: textOf(plugin), without: lines.filter((_, index) => index < plugin.first || index > plugin.last).join('\n') }] : [];
  });
  const own = block.plugins.filter((plugin) => plugin.name === 'kubernetes');
  const [first] = own;
  if (between.length > 0 || first === undefined || own.some(({ words }) => words.some((zone) => isWithin(name, zone)))) return between;
  const wrong = first.words.find((zone) => !/\.arpa\.?$/.test(zone));
  if (wrong === undefined) return [];
  const corrected = lines.map((line, index) => (index === first.first ? line.replace(wrong, domain) : line)).join('\n');
  return [{ kind: 'zone', text: `kubernetes ${first.words.join(' ')}`, without: corrected }];
}

function textOf({ name, words, options }: Plugin): string {
  return [name, ...words, ...(options.length === 0 ? [] : [`{ ${options.map((one) => one.join(' ')).join('; ')} }`])].join(' ');
}

/** Patterns of regular expressions are left alone: whoever wrote them meant some names and not others. */
function answers({ words, options }: Plugin, name: string): boolean {
  const [, type = '', ...zones] = words;
  if (!/^(?:any|a)$/i.test(type) || options.some(([option]) => option === 'match' || option === 'fallthrough')) return false;
  return (zones.length === 0 ? ['.'] : zones).some((zone) => isWithin(name, zone)) && options.some(([option, value]) => option === 'answer' || (option === 'rcode' && value !== 'NOERROR'));
}

function sendsAway({ words }: Plugin, name: string, exists: (name: string) => boolean): boolean {
  const [what, ...rest] = words.filter((word) => word !== 'stop' && word !== 'continue');
  if (what !== 'name') return false;
  const [how = '', from = '', to = ''] = ['exact', 'suffix', 'prefix', 'substring'].includes(rest[0] ?? '') ? rest : ['exact', ...rest];
  const [old, made] = [plain(from), plain(to)];
  if (old === '' || made === '' || /[()*+?[\]\\{}]/.test(old)) return false;
  const now = how === 'exact' ? (name === old ? made : undefined)
    : how === 'suffix' ? (name.endsWith(old) ? `${name.slice(0, name.length - old.length)}${made}` : undefined)
    : how === 'prefix' ? (name.startsWith(old) ? `${made}${name.slice(old.length)}` : undefined)
    : name.includes(old) ? name.replace(old, made) : undefined;
  return now !== undefined && !exists(plain(now));
}

/** The block of the longest zone that the name is in. */
function serving(name: string, blocks: readonly Block[]): Block | undefined {
  return blocks.flatMap((block) => block.zones.filter((zone) => isWithin(name, zone)).map((zone) => ({ block, length: zone === '.' ? 0 : zone.length }))).sort((left, right) => right.length - left.length)[0]?.block;
}

function isWithin(name: string, zone: string): boolean {
  const wanted = plain(zone);
  return wanted === '' || name === wanted || name.endsWith(`.${wanted}`);
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let plugin: Plugin | undefined;
  for (const [index, line] of lines.entries()) {
    const words = line.replace(/#.*$/, '').split(/\s+/).filter((word) => word !== '');
    const opens = words.at(-1) === '{';
    const rest = opens ? words.slice(0, -1) : words;
    if (words.length === 0) continue;
    if (words.length === 1 && words[0] === '}') {
      if (plugin !== undefined) {
        plugin.last = index;
        plugin = undefined;
      } else block = undefined;
    } else if (block === undefined) {
      block = { zones: rest.map((key) => key.replace(/,$/, '').replace(/^dns:\/\//, '').replace(/:\d+$/, '')), plugins: [] };
      blocks.push(block);
    } else if (plugin !== undefined) {
      plugin.options.push(rest);
    } else {
      const [name = '', ...given] = rest;
      const made: Plugin = { name, words: given, options: [], first: index, last: index };
      block.plugins.push(made);
      if (opens) plugin = made;
    }
  }
  return blocks;
}
