/**
 * Which global variables may change, and within what. Only what tunes or limits: nothing that loads code, opens the server,
 * reads files, weakens durability or grants.
 */
import { RefusedError } from '../../errors.ts';

interface Bounds {
  /** Of numbers; a variable without is ON or OFF. */
  least?: number;
  most?: number;
  whole?: boolean;
  /** Only sessions that connect afterwards take it. */
  newSessions?: boolean;
  /** Memory that the server, or each of many sessions, may take. */
  memory?: boolean;
}

const seconds = { least: 1, most: 31_536_000, whole: true };
const mebi = 1024 ** 2;
const buffer = { least: 16_384, most: 256 * mebi, whole: true, newSessions: true, memory: true };

const allowed: Readonly<Record<string, Bounds>> = {
  max_connections: { least: 10, most: 20_000, whole: true, memory: true },
  max_user_connections: { least: 0, most: 20_000, whole: true },
  wait_timeout: { ...seconds, least: 10, newSessions: true },
  interactive_timeout: { ...seconds, least: 10, newSessions: true },
  lock_wait_timeout: { ...seconds, newSessions: true },
  innodb_lock_wait_timeout: { ...seconds, most: 86_400, newSessions: true },
  // MariaDB counts seconds, MySQL milliseconds of SELECTs; 0 is without end.
  max_statement_time: { least: 0, most: 31_536_000, newSessions: true },
  max_execution_time: { least: 0, most: 4_294_967_295, whole: true, newSessions: true },
  idle_transaction_timeout: { ...seconds, least: 0, newSessions: true },
  idle_write_transaction_timeout: { ...seconds, least: 0, newSessions: true },
  idle_readonly_transaction_timeout: { ...seconds, least: 0, newSessions: true },
  net_read_timeout: { ...seconds, least: 5, newSessions: true },
  net_write_timeout: { ...seconds, least: 5, newSessions: true },
  thread_cache_size: { least: 0, most: 16_384, whole: true },
  table_open_cache: { least: 100, most: 524_288, whole: true },
  tmp_table_size: { least: mebi, most: 4096 * mebi, whole: true, newSessions: true, memory: true },
  max_heap_table_size: { least: mebi, most: 4096 * mebi, whole: true, newSessions: true, memory: true },
  sort_buffer_size: { ...buffer, least: 32_768 },
  join_buffer_size: buffer,
  innodb_io_capacity: { least: 100, most: 100_000, whole: true },
  innodb_io_capacity_max: { least: 100, most: 100_000, whole: true },
  innodb_thread_concurrency: { least: 0, most: 1000, whole: true },
  innodb_print_all_deadlocks: {},
  slow_query_log: {},
  long_query_time: { least: 0, most: 31_536_000, newSessions: true },
  log_queries_not_using_indexes: {},
};

/** These end what waits or runs when they are short. */
const endsWork = /^(max_statement_time|max_execution_time|idle_(write_|readonly_)?transaction_timeout)$/;

/** Throws RefusedError. */
export function boundsOf(variable: string, value: string): Bounds {
  const bounds = Object.hasOwn(allowed, variable) ? allowed[variable] : undefined;
  if (bounds === undefined) throw new RefusedError(`${variable} is not among the variables that sre-agent may change: change it by hand.`);
  const { least, most, whole } = bounds;
  if (least === undefined || most === undefined) {
    if (value !== 'ON' && value !== 'OFF') throw new RefusedError(`${variable} is ON or OFF, not ${value}.`);
    return bounds;
  }
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || (whole && !Number.isInteger(number)) || number < least || number > most) throw new RefusedError(`${variable} takes ${whole ? 'a whole number' : 'a number'} from ${least} to ${most} here, not ${value}.`);
  if (endsWork.test(variable) && number > 0 && number < (variable === 'max_execution_time' ? 1000 : 1)) throw new RefusedError(`${variable} under a second would end the work of nearly every session.`);
  return bounds;
}

/** As the server shows it: `1`, `ON` and `1.000000` of a boolean and a number in one form. */
export function normal(variable: string, value: string): string {
  const bounds = Object.hasOwn(allowed, variable) ? allowed[variable] : undefined;
  if (bounds?.least === undefined) return /^(1|ON|YES|TRUE)$/i.test(value) ? 'ON' : 'OFF';
  return String(Number(value));
}
