/** The playground's tokens: random, made once, so that a restarted workspace and product still know each other. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const names = ['slackBotToken', 'slackSigningSecret', 'pagerdutySecret', 'alertmanagerToken', 'supervisorReadToken', 'supervisorWriteToken'] as const;
export type Secrets = Record<(typeof names)[number], string>;

export async function keptSecrets(file: string): Promise<Secrets> {
  const kept = await readFile(file, 'utf8').then((text) => JSON.parse(text) as Partial<Secrets>).catch(() => ({}) as Partial<Secrets>);
  const secrets = Object.fromEntries(names.map((name) => [name, kept[name] ?? make(name)])) as Secrets;
  await writeFile(file, `${JSON.stringify(secrets, null, 1)}\n`, { mode: 0o600 });
  return secrets;
}

function make(name: (typeof names)[number]): string {
  const random = randomBytes(20).toString('hex');
  return name === 'slackBotToken' ? `xoxb-playground-${random}` : random;
}
