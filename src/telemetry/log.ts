/** Structured logs. Every line passes the redactor: neither a message nor a field can carry a secret out. */
import { pino } from 'pino';

export type Logger = Pick<import('pino').Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & { child(bindings: Record<string, unknown>): Logger };

export interface LogOptions {
  level: string;
  redact: (text: string) => string;
  write?: (line: string) => void;
}

export function createLogger({ level, redact, write = (line) => void process.stdout.write(line) }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serializeError },
    },
    { write: (line: string) => write(redact(line)) },
  );
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  return { name: error.name, code, message: error.message, stack: error.stack?.split('\n').slice(1, 8).map((line) => line.trim()), cause: error.cause instanceof Error ? error.cause.message : undefined };
}

export const silentLogger: Logger = pino({ level: 'silent' });
