/** A transaction left open without anybody waiting for it yet: it holds back vacuum and may block the next one. */
import { quoteLine } from '../quotes.ts';
import { sessionResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { duration } from '../words.ts';
import { blockersOf } from './blocking.ts';

const longSeconds = 300;

export const idleTransaction: Rule = {
  id: 'idle-transaction',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) => {
      const sessions = (database.sessions?.value ?? []).filter((session) => session.elsewhere !== true);
      const blocking = new Set(blockersOf(sessions).map((blocker) => blocker.pid));
      return sessions
        .filter((session) => session.state.startsWith('idle in transaction') && session.stateSeconds >= longSeconds && !blocking.has(session.pid))
        .slice(0, 5)
        .map((session) => ({
          severity: 'warning' as const,
          resource: sessionResource(database.name, session.pid),
          mechanism: 'long-idle-transaction',
          title: `Session ${session.pid} (${session.application || session.user}) has been idle in a transaction for ${duration(session.stateSeconds)}`,
          explanation: `Nobody waits for it now, so no change is proposed. While it is open, ${database.engine === 'mysql' ? 'old versions of rows pile up (the history list)' : 'vacuum cannot remove rows deleted since'}, and any lock it holds will block whoever needs it.`,
          confidence: 0.9,
          quotes: quoteLine(database.sessions?.evidence, `${session.pid} `, session.backendStart),
        }));
    }),
};
