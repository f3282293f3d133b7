/** Secrets in sre-agent.yaml are `${NAME}`: a variable's name, looked up only by the role that needs it. */
import { ConfigurationError } from './configuration-error.ts';
import type { Secret } from './targets.ts';

const reference = /^\$\{([A-Z][A-Z0-9_]*)\}$/;

/** The variable's name in `${NAME}`; undefined for anything else. */
export function variableIn(text: string): string | undefined {
  return reference.exec(text)?.[1];
}

export function createSecret(variable: string, usedBy: string, environment: Readonly<Record<string, string | undefined>>): Secret {
  return {
    variable,
    reveal() {
      const value = environment[variable];
      if (!value) throw new ConfigurationError([`${variable} is not set in the environment of this process; ${usedBy} needs it.`]);
      return value;
    },
  };
}

/** Whether this process has it. */
export function isSet(secret: Secret | undefined): secret is Secret {
  try {
    return secret !== undefined && secret.reveal() !== '';
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

/** Replaces every `${NAME}` in a text that is not itself secret (a URL, a channel). */
export function expand(text: string, environment: Readonly<Record<string, string | undefined>>, missing: (variable: string) => void): string {
  return text.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_whole, variable: string) => {
    const value = environment[variable];
    if (value === undefined) missing(variable);
    return value ?? '';
  });
}
