/** Strict reading of a program's environment: a wrong value must stop it at start, not surprise it later. */
export class InvalidEnvironmentError extends Error {
  readonly code = 'INVALID_ENVIRONMENT';
  constructor(readonly variable: string, expectation: string, readonly value?: string) {
    super(value === undefined ? `missing environment variable ${variable}: expected ${expectation}` : `invalid environment variable ${variable}: expected ${expectation}, got ${JSON.stringify(value)}`);
  }
}

/** Each throws InvalidEnvironmentError; with a default, absence is fine. */
export interface Environment {
  text(variable: string, otherwise?: string): string;
  integer(variable: string, range: { minimum: number; maximum: number }, otherwise?: number): number;
  /** An http URL without a trailing slash. */
  url(variable: string): string;
  flag(variable: string): boolean;
  /** Its value is never repeated in an error. */
  secret(variable: string): string;
  has(variable: string): boolean;
}

export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const present = (variable: string, expectation: string): string => {
    const value = variables[variable];
    if (value === undefined || value === '') throw new InvalidEnvironmentError(variable, expectation);
    return value;
  };
  const has = (variable: string): boolean => (variables[variable] ?? '') !== '';
  return {
    has,
    text: (variable, otherwise) => (otherwise !== undefined && !has(variable) ? otherwise : present(variable, 'a value')),
    secret: (variable) => present(variable, 'a secret'),
    flag: (variable) => variables[variable] === 'on' || variables[variable] === 'true',
    integer: (variable, { minimum, maximum }, otherwise) => {
      if (otherwise !== undefined && !has(variable)) return otherwise;
      const expectation = `an integer from ${minimum} to ${maximum}`;
      const value = present(variable, expectation);
      if (!/^\d{1,9}$/.test(value) || Number(value) < minimum || Number(value) > maximum) throw new InvalidEnvironmentError(variable, expectation, value);
      return Number(value);
    },
    url: (variable) => {
      const value = present(variable, 'an http or https URL');
      if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new InvalidEnvironmentError(variable, 'an http or https URL', value);
      return value.replace(/\/+$/, '');
    },
  };
}
