/** One JSON object a line on stdout. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export function createLog(service: string): Log {
  return (level, message, fields = {}) => {
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, service, msg: message, ...fields })}\n`);
  };
}
