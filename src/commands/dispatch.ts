/** Which command the words name, and what to say when they name none. */
import type { Command, Surroundings } from './command.ts';
import { UsageError } from './command.ts';
import { ConfigurationError } from '../config/configuration-error.ts';

/** Resolves to the exit code: 2 for a call that does not exist. */
export async function dispatch(words: readonly string[], commands: readonly Command[], surroundings: Surroundings & { complain(line: string): void }): Promise<number> {
  const [name = '--help', ...rest] = words;
  if (['--help', '-h', 'help'].includes(name)) {
    surroundings.print(overview(commands));
    return 0;
  }
  const command = commands.find((each) => each.name === name);
  if (!command) {
    surroundings.complain(`sre-agent has no command ${name}.\n\n${overview(commands)}`);
    return 2;
  }
  if (rest.some((word) => word === '--help' || word === '-h')) {
    surroundings.print(usageOf(command));
    return 0;
  }
  try {
    return await command.run(rest, surroundings);
  } catch (error) {
    surroundings.complain(messageOf(error, command));
    return error instanceof UsageError ? 2 : 1;
  }
}

function overview(commands: readonly Command[]): string {
  return ['sre-agent                      starts the roles of ROLES', ...commands.map(({ name, summary }) => `sre-agent ${name.padEnd(20)} ${summary}`), '', 'sre-agent <command> --help says how to call one.'].join('\n');
}

function usageOf({ summary, usage }: Command): string {
  return [summary, '', ...usage.map((line) => `  sre-agent ${line}`)].join('\n');
}

/** Errors of ours explain themselves; the stack is for what nobody foresaw. */
function messageOf(error: unknown, command: Command): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usageOf(command)}`;
  if (error instanceof ConfigurationError) return error.problems.join('\n');
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? error.message : (error.stack ?? error.message);
}
