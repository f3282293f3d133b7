/** A Corefile, as far as the playground's DNS understands one: server blocks, each with plugins in order. */
export interface CorefilePlugin {
  name: string;
  arguments: string[];
  /** Lines of its own block. */
  options: string[][];
  line: number;
}

export interface ServerBlock {
  /** Lower case, no trailing dot; '' is the root. */
  zones: string[];
  port: number;
  plugins: CorefilePlugin[];
}

/** In the words CoreDNS would log. */
export class CorefileError extends Error {}

const known = new Set([
  'autopath', 'bind', 'bufsize', 'cache', 'cancel', 'chaos', 'debug', 'dns64', 'errors', 'forward', 'header', 'health', 'hosts', 'import', 'kubernetes',
  'loadbalance', 'local', 'log', 'loop', 'metadata', 'minimal', 'multisocket', 'nsid', 'prometheus', 'ready', 'reload', 'rewrite', 'root', 'template', 'tls', 'trace', 'whoami',
]);
const kubernetesOptions = new Set(['apiserver', 'endpoint', 'endpoint_pod_names', 'fallthrough', 'ignore', 'kubeconfig', 'labels', 'multicluster', 'namespace_labels', 'namespaces', 'noendpoints', 'pods', 'startup_timeout', 'tls', 'transfer', 'ttl', 'upstream']);

/** Throws CorefileError. */
export function parseCorefile(text: string): ServerBlock[] {
  const lines = text.split('\n').map((line, index) => ({ words: line.replace(/(^|\s)#.*$/, '').match(/"[^"]*"|\S+/g) ?? [], line: index + 1 })).filter(({ words }) => words.length > 0);
  const blocks: ServerBlock[] = [];
  let server: ServerBlock | undefined;
  let plugin: CorefilePlugin | undefined;
  for (const { words, line } of lines) {
    const [first = ''] = words;
    const opens = words.at(-1) === '{';
    const plain = (opens ? words.slice(0, -1) : words).map((word) => word.replace(/^"(.*)"$/, '$1'));
    if (first === '}') {
      if (plugin !== undefined) plugin = undefined;
      else if (server !== undefined) server = undefined;
      else throw new CorefileError(`Corefile:${line} - Error during parsing: Unexpected '}' because no matching opening brace`);
    } else if (server === undefined) {
      if (!opens) throw new CorefileError(`Corefile:${line} - Error during parsing: Expected an opening brace after '${words.join(' ')}'`);
      server = { ...keysOf(plain), plugins: [] };
      blocks.push(server);
    } else if (plugin !== undefined) {
      plugin.options.push(plain);
    } else {
      if (!known.has(first)) throw new CorefileError(`Corefile:${line} - Error during parsing: Unknown directive '${first}'`);
      const added: CorefilePlugin = { name: first, arguments: plain.slice(1), options: [], line };
      server.plugins.push(added);
      if (opens) plugin = added;
    }
  }
  if (server !== undefined) throw new CorefileError(`Corefile:${lines.at(-1)?.line ?? 1} - Error during parsing: Unexpected EOF, expecting '}'`);
  for (const block of blocks) for (const used of block.plugins) check(used);
  return blocks;
}

function keysOf(words: string[]): { zones: string[]; port: number } {
  let port = 53;
  const zones = words.map((word) => {
    const [zone = '', given] = word.replace(/^dns:\/\//, '').replace(/,$/, '').split(':');
    if (given !== undefined) port = Number(given);
    return zoneOf(zone);
  });
  return { zones, port };
}

export const zoneOf = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function check(plugin: CorefilePlugin): void {
  const wrong = (what: string): never => {
    throw new CorefileError(`plugin/${plugin.name}: Corefile:${plugin.line} - Error during parsing: ${what}`);
  };
  if (plugin.name === 'kubernetes') {
    for (const [option = ''] of plugin.options) if (!kubernetesOptions.has(option)) wrong(`unknown property '${option}'`);
  }
  if (plugin.name === 'forward' && plugin.arguments.length < 2) wrong('Wrong argument count or unexpected line ending after \'forward\'');
  if (plugin.name === 'forward') {
    for (const target of plugin.arguments.slice(1)) if (target !== '/etc/resolv.conf' && !/^(dns:\/\/)?\d{1,3}(\.\d{1,3}){3}(:\d+)?$/.test(target)) wrong(`not an IP address or file: "${target}"`);
  }
}
