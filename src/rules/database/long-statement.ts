/** A statement that has run for long and that nobody waits for: it costs CPU and disk, and holds vacuum back. */
import { quoteLine } from '../quotes.ts';
import { sessionResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, duration } from '../words.ts';
import { blockersOf } from './blocking.ts';

const longSeconds = 600;
/** They take as long as they take, and are meant to. */
const upkeep = /^\s*(?:autovacuum|vacuum|analy[sz]e|reindex|create\s+(?:unique\s+)?index|cluster|refresh|copy|start_replication|backup|base_backup|optimize|alter)\b/i;

export const longStatements: Rule = {
  id: 'long-statements',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) => {
      const sessions = (database.sessions?.value ?? []).filter((session) => session.elsewhere !== true);
      const blocking = new Set(blockersOf(sessions).map(({ pid }) => pid));
      const long = sessions.filter((session) => session.state === 'active' && session.stateSeconds >= longSeconds && session.blockedBy.length === 0 && !blocking.has(session.pid) && !upkeep.test(session.query)).sort((left, right) => right.stateSeconds - left.stateSeconds);
      return long.slice(0, 3).map((session) => ({
        severity: 'info' as const,
        resource: sessionResource(database.name, session.pid),
        mechanism: 'long-statement',
        title: `Session ${session.pid} (${session.application || session.user}) has run one statement for ${duration(session.stateSeconds)}`,
        explanation: `${long.length > 1 ? `It is the longest of ${count(long.length, 'such statement')}. ` : ''}Nobody waits for a lock of it. It reads and computes at the cost of all others${database.engine === 'mysql' ? '' : ', and vacuum cannot remove rows deleted since it began'}. Whether its result is still wanted its owner knows; cancelling it is the mild way.`,
        confidence: 0.7,
        quotes: quoteLine(database.sessions?.evidence, `${session.pid} `, session.backendStart),
      }));
    }),
};
