/** Programs that stand for kubectl on bad days: each is started by the product as kubectl is, and answers in its own way. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const behaviours = {
  /** Accepts, and never answers. */
  hangs: 'setInterval(() => undefined, 1000);',
  forbidden: `process.stderr.write('Error from server (Forbidden): pods is forbidden: User "reader" cannot list resource "pods" in API group "" in the namespace "shop"\\n'); process.exitCode = 1;`,
  /** A log of 200 MB, whatever tail was asked for; all else from the file. */
  'endless-log': `const mega = Buffer.alloc(1 << 20, 'ERROR the same line again and again, without an end of it or a newline');
    if (verb === 'logs') { let left = 200; const push = () => { while (left-- > 0) if (!process.stdout.write(mega)) return process.stdout.once('drain', push); }; push(); } else answer();`,
  'binary-log': `if (verb === 'logs') { const bytes = Buffer.alloc(300_000); for (let i = 0; i < bytes.length; i += 1) bytes[i] = (i * 7919) % 256; process.stdout.write(bytes); } else answer();`,
  answers: 'answer();',
} as const;
export type Behaviour = keyof typeof behaviours;

/** The program's path. It answers lists from `list.json` and `events.json` beside it. */
export async function writeProgram(directory: string, behaviour: Behaviour): Promise<string> {
  const file = join(directory, 'kubectl');
  await writeFile(file, `#!${process.execPath}
const { createReadStream } = require('node:fs');
const [verb, what] = process.argv.slice(2);
const answer = () => {
  if (verb === 'get' && what.includes('pods')) createReadStream(${JSON.stringify(join(directory, 'list.json'))}).pipe(process.stdout);
  else if (verb === 'get' && what === 'events') createReadStream(${JSON.stringify(join(directory, 'events.json'))}).pipe(process.stdout);
  else if (verb === 'get') process.stdout.write('{"kind":"List","items":[]}');
};
${behaviours[behaviour]}
`);
  await chmod(file, 0o755);
  return file;
}
