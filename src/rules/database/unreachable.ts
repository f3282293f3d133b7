/** A database that does not let us in: not listening, not answering, refusing. */
import { quoteLine } from '../quotes.ts';
import type { Readings, Unread } from '../readings.ts';
import { databaseResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { isStarved, shortOfCpu } from '../coverage.ts';

/** What the server's side of a refusal means. A wrong read password is our configuration's trouble, a gap and no finding. */
const meanings: Record<string, { mechanism: string; says: string }> = {
  ECONNREFUSED: { mechanism: 'database-refuses', says: 'nothing listens on its port: the server is down, or its address changed' },
  ECONNRESET: { mechanism: 'database-refuses', says: 'it closed the connection: it may have crashed or restarted' },
  PROTOCOL_CONNECTION_LOST: { mechanism: 'database-refuses', says: 'it closed the connection: it may have crashed or restarted' },
  ENOTFOUND: { mechanism: 'database-unresolvable', says: 'its host name does not resolve' },
  EAI_AGAIN: { mechanism: 'database-unresolvable', says: 'DNS did not answer for its host name' },
  ETIMEDOUT: { mechanism: 'database-unreachable', says: 'its host does not answer' },
  EHOSTUNREACH: { mechanism: 'database-unreachable', says: 'there is no route to its host' },
  TIMEOUT: { mechanism: 'database-unreachable', says: 'it did not answer in time' },
  '57P03': { mechanism: 'database-refuses', says: 'it is starting up or shutting down' },
  '57P01': { mechanism: 'database-refuses', says: 'an administrator ended the session' },
};

export const databaseUnreachable: Rule = {
  id: 'database-unreachable',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) => {
      const failure = database.sessions === undefined ? database.unread.find((unread: Unread) => unread.code !== undefined && Object.hasOwn(meanings, unread.code)) : undefined;
      const meaning = failure?.code === undefined ? undefined : meanings[failure.code];
      if (failure?.code === undefined || meaning === undefined) return [];
      // No answer in time, asked from a machine that is itself out of breath, is weaker proof.
      const doubtful = failure.code === 'TIMEOUT' && isStarved(readings);
      return [
        {
          severity: !doubtful ? ('critical' as const) : answersThrough(database.name, readings) ? ('info' as const) : ('warning' as const),
          resource: databaseResource(database.name),
          mechanism: meaning.mechanism,
          title: `Database ${database.name} cannot be reached: ${meaning.says}`,
          explanation: `Our read-only session failed with ${failure.code}. Services that need this database fail in the same way. Nothing in the database can be seen from here until it answers.${doubtful ? ` ${shortOfCpu(readings)}, so it may only have been too slow for us: look again.` : ''}`,
          confidence: doubtful ? 0.45 : 0.85,
          quotes: quoteLine(failure.evidence, failure.code),
        },
      ];
    }),
};

/** A service that needs it has just answered. */
function answersThrough(name: string, { services }: Readings): boolean {
  return services.some(({ databases, checks }) => databases.includes(name) && checks.some(({ value }) => value.samples.some(({ status }) => status !== undefined && status < 400)));
}
