import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export class BinaryNotFoundError extends Error {
  override readonly name = 'BinaryNotFoundError';
  readonly code = 'BINARY_NOT_FOUND';
}

/**
 * The absolute path of a program: the configured one, or the first on PATH. Resolve once and keep it.
 * Throws BinaryNotFoundError.
 */
export function findBinary(name: string, options: { configured?: string | undefined; path?: string } = {}): string {
  if (options.configured !== undefined) {
    if (isAbsolute(options.configured) && isProgram(options.configured)) return options.configured;
    throw new BinaryNotFoundError(`${options.configured} is not an executable file with an absolute path; correct the configured path of ${name}`);
  }
  const folders = (options.path ?? process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    const candidate = join(folder, name);
    if (isProgram(candidate)) return candidate;
  }
  throw new BinaryNotFoundError(`${name} was not found on PATH; install it, or configure its absolute path`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
