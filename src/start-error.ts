/** Why the process did not start, for the operator: one message that names the variable and the remedy. */
import { ConfigurationError } from './config/configuration-error.ts';

export class StartError extends Error {
  readonly code = 'start';
  override readonly name = 'StartError';
}

/** The database of DATABASE_URL: what PostgreSQL or the network says, and where to look. Errors that explain themselves stay as they are. */
export function databaseError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || isExplained(error)) return error;
  const said = error instanceof Error && error.message !== '' ? error.message : code;
  return new StartError(`DATABASE_URL: its PostgreSQL can't be used (${said}). Check that it runs and can be reached from here, and the user, password and database in the URL.`, { cause: error });
}

export function listenError(error: unknown, { host, port }: { host: string; port: number }): StartError {
  return new StartError(`HOST and PORT: can't listen on ${host}:${port} (${error instanceof Error ? error.message : String(error)}). Set them to something free.`, { cause: error });
}

/** What to print; the stack only for what nobody foresaw. */
export function startMessage(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (isExplained(error)) return new ConfigurationError([error.message]).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Codes of ours are lower-case words and their messages name the remedy; those of Node and PostgreSQL are in capitals. */
function isExplained(error: unknown): error is Error {
  return error instanceof Error && /^[a-z_]+$/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
