import type { Rule } from '../rule.ts';
import { blockedSessions } from './blocked-sessions.ts';
import { connectionsExhausted } from './connections.ts';
import { constraints } from './constraints.ts';
import { deadRows, invalidIndex } from './housekeeping.ts';
import { idleTransaction } from './idle-transaction.ts';
import { longStatements } from './long-statement.ts';
import { missingIndex } from './missing-index.ts';
import { missingNames } from './missing-names.ts';
import { mysqlLimits } from './mysql-limits.ts';
import { plannerSettings } from './planner-settings.ts';
import { missingRights } from './rights.ts';
import { roleLimits, roleLogins } from './roles.ts';
import { sequences } from './sequences.ts';
import { serverState } from './server.ts';
import { settingOverride } from './setting-override.ts';
import { autovacuumOff, staleStatistics } from './statistics.ts';
import { databaseUnreachable } from './unreachable.ts';

/** About errors of the services that show them: what one service says explains no other. */
export const rulesOfOneService: readonly Rule[] = [settingOverride, mysqlLimits, roleLimits, roleLogins, missingRights, missingNames, sequences, constraints];
/** What hurts later: no service fails of it today. */
export const housekeepingRules: readonly Rule[] = [idleTransaction, invalidIndex, deadRows, longStatements];

export const databaseRules: readonly Rule[] = [databaseUnreachable, connectionsExhausted, blockedSessions, missingIndex, staleStatistics, autovacuumOff, plannerSettings, serverState, ...rulesOfOneService, ...housekeepingRules];
