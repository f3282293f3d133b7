import type { Logger } from 'pino';

/** The part of a pino logger that the database and the queue use. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
