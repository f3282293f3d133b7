import type { Rule } from '../rule.ts';
import { blockedSessions } from './blocked-sessions.ts';
import { connectionsExhausted } from './connections.ts';
import { deadRows, invalidIndex } from './housekeeping.ts';
import { idleTransaction } from './idle-transaction.ts';
import { missingIndex } from './missing-index.ts';
import { settingOverride } from './setting-override.ts';
import { databaseUnreachable } from './unreachable.ts';

export const databaseRules: readonly Rule[] = [databaseUnreachable, connectionsExhausted, blockedSessions, missingIndex, settingOverride, idleTransaction, invalidIndex, deadRows];
