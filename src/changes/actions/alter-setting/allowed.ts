/**
 * Which settings may change, and whether a value fits. Only what tunes or limits: nothing that loads code, runs a
 * program, opens the server, weakens durability or needs a restart.
 */
import { RefusedError } from '../../errors.ts';

const allowed = new Set([
  'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout', 'deadlock_timeout',
  'work_mem', 'maintenance_work_mem', 'hash_mem_multiplier', 'temp_buffers',
  'random_page_cost', 'seq_page_cost', 'effective_cache_size', 'effective_io_concurrency', 'default_statistics_target', 'jit', 'plan_cache_mode',
  'cpu_tuple_cost', 'cpu_index_tuple_cost', 'cpu_operator_cost', 'from_collapse_limit', 'join_collapse_limit',
  'max_parallel_workers_per_gather', 'max_parallel_maintenance_workers', 'default_transaction_read_only', 'default_transaction_isolation',
  'enable_bitmapscan', 'enable_hashagg', 'enable_hashjoin', 'enable_indexonlyscan', 'enable_indexscan', 'enable_material', 'enable_memoize',
  'enable_mergejoin', 'enable_nestloop', 'enable_seqscan', 'enable_sort',
  'autovacuum', 'autovacuum_naptime', 'autovacuum_vacuum_threshold', 'autovacuum_vacuum_scale_factor', 'autovacuum_vacuum_insert_threshold',
  'autovacuum_vacuum_insert_scale_factor', 'autovacuum_analyze_threshold', 'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_cost_delay',
  'autovacuum_vacuum_cost_limit', 'autovacuum_work_mem', 'log_min_duration_statement', 'log_lock_waits', 'log_autovacuum_min_duration',
]);

/** `search_path` is one of a role or a database, never of the whole server. */
export function refuseUnlisted(setting: string, scope: string): void {
  if (!allowed.has(setting) && (setting !== 'search_path' || scope === 'system')) throw new RefusedError(`${setting} is not among the settings that sre-agent may change: change it by hand.`);
}

/** `base` as inBaseUnit returns it. What was set before may be put back, however short. */
export function refuseTooShort(setting: string, base: string | null): void {
  if (endsSessions.has(setting) && Number(base) > 0 && Number(base) < 1000) throw new RefusedError(`${setting} under a second would end the work of nearly every session, and the one that undoes it.`);
}

/** Counted in milliseconds; 0 switches them off. */
const endsSessions = new Set(['statement_timeout', 'transaction_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout']);

export interface Definition {
  vartype: 'bool' | 'integer' | 'real' | 'enum' | 'string';
  unit: string | null;
  minimum: string | null;
  maximum: string | null;
  choices: string[] | null;
  context: string;
}

/** The value in the setting's own unit, as pg_settings shows it. Throws RefusedError when it does not fit. */
export function inBaseUnit(setting: string, value: string, definition: Definition): string {
  switch (definition.vartype) {
    case 'bool':
      return boolean(setting, value);
    case 'enum': {
      const choice = definition.choices?.find((one) => one.toLowerCase() === value.toLowerCase());
      if (choice === undefined) throw new RefusedError(`${setting} is one of ${definition.choices?.join(', ')}, not "${value}".`);
      return choice;
    }
    case 'integer':
    case 'real':
      return numeric(setting, value, definition);
    default:
      throw new RefusedError(`${setting} takes free text, which sre-agent does not set.`);
  }
}

function boolean(setting: string, value: string): string {
  if (/^(on|true|yes|1)$/i.test(value)) return 'on';
  if (/^(off|false|no|0)$/i.test(value)) return 'off';
  throw new RefusedError(`${setting} is on or off, not "${value}".`);
}

const milliseconds: Record<string, number> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const byteCounts: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

function numeric(setting: string, value: string, definition: Definition): string {
  const match = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  if (!match) throw new RefusedError(`${setting} takes a number${definition.unit ? ' with an optional unit' : ''}, not "${value}".`);
  const amount = Number(match[1]) * factor(setting, match[2] ?? '', definition.unit);
  const rounded = definition.vartype === 'integer' ? roundToEven(amount) : amount;
  if (rounded < Number(definition.minimum) || rounded > Number(definition.maximum)) {
    throw new RefusedError(`${setting} goes from ${definition.minimum} to ${definition.maximum}${definition.unit ? ` ${definition.unit}` : ''}; "${value}" is outside.`);
  }
  return String(rounded);
}

/** As the server rounds: a half goes to the even neighbour. */
function roundToEven(amount: number): number {
  const below = Math.floor(amount);
  if (amount - below !== 0.5) return Math.round(amount);
  return below % 2 === 0 ? below : below + 1;
}

function factor(setting: string, written: string, unit: string | null): number {
  if (written === '') return 1;
  if (unit !== null && written in milliseconds && unit in milliseconds) return (milliseconds[written] ?? 1) / (milliseconds[unit] ?? 1);
  const base = unit === null ? undefined : baseBytes(unit);
  if (base !== undefined && written in byteCounts) return (byteCounts[written] ?? 1) / base;
  throw new RefusedError(`${setting} has no unit "${written}"${unit ? `; it is counted in ${unit}` : ''}.`);
}

/** pg_settings counts memory in kB, MB or in blocks: 8kB. */
function baseBytes(unit: string): number | undefined {
  const match = /^(\d*)(B|kB|MB|GB|TB)$/.exec(unit);
  return match ? Number(match[1] || 1) * (byteCounts[match[2] ?? ''] ?? 1) : undefined;
}
