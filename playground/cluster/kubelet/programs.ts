/**
 * Programs in front of the machine's own on every container's PATH: `env` that shows what the pod asked for, and network
 * tools that live in the pod network, which the machine's own do not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePrograms } from './node-options.ts';

const tools = ['httpd', 'nc', 'nslookup', 'wget'];

/** What follows the last `programs` in PATH is the container's own. */
const env = `#!/bin/sh
if [ $# -eq 0 ]; then
  exec /usr/bin/env -u CONTAINER_SANDBOX -u NODE_OPTIONS -u PWD -u OLDPWD -u SHLVL -u _ HOME=/root PATH="\${PATH##*/programs:}" /usr/bin/env
fi
exec /usr/bin/env "$@"
`;

export interface Programs {
  /** Named `programs`. */
  folder: string;
  /** For NODE_OPTIONS of containers. */
  nodeOptions: string;
}

export function writePrograms(directory: string): Programs {
  const folder = join(directory, 'programs');
  mkdirSync(folder, { recursive: true });
  const { options, tool } = nodePrograms(join(directory, 'scripts'), tools);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o755 });
  write('env', env);
  for (const name of tools) {
    write(name, `#!/bin/sh\nexec ${[process.execPath, tool(name)].map(quoted).join(' ')} "$@"\n`);
  }
  return { folder, nodeOptions: options };
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
