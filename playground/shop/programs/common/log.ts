/** One JSON object a line on stdout. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

const levels = ['debug', 'info', 'warn', 'error'];

/** Fields that every line carries come from `common`; `LOG_LEVEL` decides what is written. */
export function createLog(common: Record<string, unknown>, level = process.env['LOG_LEVEL'] ?? 'info'): Log {
  const threshold = Math.max(0, levels.indexOf(level));
  return (severity, message, fields = {}) => {
    if (levels.indexOf(severity) < threshold) return;
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level: severity, ...common, msg: message, ...fields })}\n`);
  };
}
