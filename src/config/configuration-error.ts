/** A wrong or missing setting. The message is the whole story for the operator: what, where, and the fix. */
export class ConfigurationError extends Error {
  readonly code = 'configuration';
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`sre-agent can't start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
