/** One class per reason why the embedded PostgreSQL can't serve. */

export class EmbeddedUnsupportedError extends Error {
  readonly code = 'embedded_postgres_unsupported';
  constructor(platform: string, cause?: unknown) {
    super(
      `There is no embedded PostgreSQL for ${platform}, or npm did not install it. Set DATABASE_URL to a PostgreSQL 14 or newer, or run npm ci with optional dependencies.`,
      { cause },
    );
    this.name = 'EmbeddedUnsupportedError';
  }
}

export class EmbeddedAccountError extends Error {
  readonly code = 'embedded_postgres_account';
  constructor(reason: string, cause?: unknown) {
    super(
      `PostgreSQL refuses to run as root, and it can't be started as another user here: ${reason}. Run sre-agent as an ordinary user, or set DATABASE_URL.`,
      { cause },
    );
    this.name = 'EmbeddedAccountError';
  }
}

export class EmbeddedRunningError extends Error {
  readonly code = 'embedded_postgres_running';
  constructor(directory: string, pid: number, owner: string) {
    super(
      `The embedded PostgreSQL in ${directory} is already running with pid ${pid} (${owner}). Stop that process first, or give this one another data directory.`,
    );
    this.name = 'EmbeddedRunningError';
  }
}

export class EmbeddedVersionError extends Error {
  readonly code = 'embedded_postgres_version';
  constructor(directory: string, found: string, ours: string) {
    super(
      `The data in ${directory} was made by PostgreSQL ${found} and this release brings ${ours}. Dump it with the earlier release and load it here, or move the directory away to start anew.`,
    );
    this.name = 'EmbeddedVersionError';
  }
}

export class EmbeddedStartError extends Error {
  readonly code = 'embedded_postgres_start';
  constructor(directory: string, output: string, cause?: unknown) {
    super(
      `The embedded PostgreSQL in ${directory} did not start. Its last words:\n${output.trim() || '(none)'}\nFree disk space and memory are the usual causes; DATABASE_URL uses a PostgreSQL of your own instead.`,
      { cause },
    );
    this.name = 'EmbeddedStartError';
  }
}

export class EmbeddedPasswordError extends Error {
  readonly code = 'embedded_postgres_password';
  constructor(file: string) {
    super(`The embedded PostgreSQL has data but its password file ${file} is missing. Put the file back, or move the directory away to start anew.`);
    this.name = 'EmbeddedPasswordError';
  }
}
