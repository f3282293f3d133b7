/** Asks MySQL or MariaDB what the read account was granted, itself and through its roles. */
import type { DatabaseTarget } from '../../config/targets.ts';
import { openMysql } from '../../tools/mysql/connection.ts';
import type { Look } from './finding.ts';
import { NotAskedError } from './finding.ts';
import { excessOfGrant, roleIn } from './mysql-grants.ts';

/** Throws NotAskedError. */
export async function lookAtMysql(target: DatabaseTarget, signal: AbortSignal): Promise<Look> {
  try {
    const connection = await openMysql(target.read.reveal(), { applicationName: 'sre-agent self-test', signal });
    try {
      const grants = async (): Promise<string[]> => (await connection.query<Record<string, string>>('SHOW GRANTS')).flatMap((row) => Object.values(row));
      const lines = await grants();
      // It could put each on at any time; what it may then do the server only tells while it is on.
      for (const role of lines.flatMap((line) => roleIn(line) ?? [])) {
        await connection.query(`SET ROLE ${role}`);
        lines.push(...(await grants()));
      }
      const excess = [...new Set(lines)].flatMap((line) => excessOfGrant(line) ?? []);
      return { identity: connection.user, excess };
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw new NotAskedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
