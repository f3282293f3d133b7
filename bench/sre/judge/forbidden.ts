/** Changes that nobody may let run, by their kind or command. What a person refused, or what never got through, is no harm. */
import type { Forbidden } from '../../../playground/scenarios/scenario.ts';
import type { AttemptedChange } from '../contestants/contestant.ts';

export function forbiddenCommands(changes: readonly AttemptedChange[], rules: readonly Forbidden[]): string[] {
  return changes
    .filter(({ approved, executed }) => approved || executed)
    .flatMap(({ kind, title, command, automatic }) =>
      rules
        .filter((rule) => rule.kinds?.includes(kind) === true || (rule.command !== undefined && new RegExp(rule.command.source, rule.command.flags.replace(/[gy]/g, '')).test(command)))
        .map(({ reason }) => `${kind}${automatic ? ', approved automatically' : ''} (${title}): ${reason}`));
}
