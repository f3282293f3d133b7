/** Strict reading of a service's environment: a wrong value must stop it at start, not surprise it later. */
export class InvalidEnvironmentError extends Error {
  readonly code = 'INVALID_ENVIRONMENT';
  constructor(readonly variable: string, readonly value: string | undefined, expectation: string) {
    super(`invalid environment: ${variable} must be ${expectation}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
  }
}

/** Throws InvalidEnvironmentError unless the variable is a whole number in the range. */
export function readInteger(environment: NodeJS.ProcessEnv, variable: string, minimum: number, maximum: number): number {
  const value = environment[variable];
  if (value === undefined || !/^\d{1,9}$/.test(value) || Number(value) < minimum || Number(value) > maximum) {
    throw new InvalidEnvironmentError(variable, value, `an integer from ${minimum} to ${maximum}`);
  }
  return Number(value);
}

/** Base URL of an upstream, without a trailing slash. Throws InvalidEnvironmentError. */
export function readUrl(environment: NodeJS.ProcessEnv, variable: string): string {
  const value = environment[variable];
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
  if (!value || !url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidEnvironmentError(variable, value, 'an http or https URL');
  }
  return value.replace(/\/+$/, '');
}

/** Connection URL of the database; its value is never repeated in the error. */
export function readDatabaseUrl(environment: NodeJS.ProcessEnv): string {
  const value = environment['DATABASE_URL'];
  if (!value || !/^postgres(ql)?:\/\//.test(value)) {
    throw new InvalidEnvironmentError('DATABASE_URL', value === undefined ? undefined : '***', 'a postgres:// URL');
  }
  return value;
}
