/** In order. A released one is never edited: add the next. */
import { incidents } from './001-incidents.ts';
import { changes } from './002-changes.ts';
import { workings } from './003-workings.ts';
import { halt } from './004-halt.ts';
import { audit } from './005-audit.ts';

export const migrations: readonly { version: number; name: string; sql: string }[] = [
  { version: 1, name: 'incidents', sql: incidents },
  { version: 2, name: 'changes', sql: changes },
  { version: 3, name: 'workings', sql: workings },
  { version: 4, name: 'halt', sql: halt },
  { version: 5, name: 'audit', sql: audit },
];
