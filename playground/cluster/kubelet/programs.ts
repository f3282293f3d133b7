/**
 * Programs in front of the machine's own on every container's PATH: `env` that shows what the pod asked for, and network
 * tools that live in the pod network, which the machine's own do not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from './node-options.ts';

const compiled = !import.meta.url.endsWith('.ts');
const tools = ['httpd', 'nc', 'nslookup', 'wget'];

/** What follows the last `programs` in PATH is the container's own. */
const env = `#!/bin/sh
if [ $# -eq 0 ]; then
  exec /usr/bin/env -u CONTAINER_SANDBOX -u NODE_OPTIONS -u PWD -u OLDPWD -u SHLVL -u _ HOME=/root PATH="\${PATH##*/programs:}" /usr/bin/env
fi
exec /usr/bin/env "$@"
`;

/** Writes them; answers the folder, which is named `programs`. */
export function writePrograms(directory: string): string {
  const folder = join(directory, 'programs');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o755 });
  write('env', env);
  for (const name of tools) {
    const file = fileURLToPath(new URL(`tools/${name}.${compiled ? 'js' : 'ts'}`, import.meta.url));
    write(name, `#!/bin/sh\nexec ${[process.execPath, ...nodeArguments(), file].map(quoted).join(' ')} "$@"\n`);
  }
  return folder;
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
