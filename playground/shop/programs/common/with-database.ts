import { createDatabase, readDatabaseSettings, type Database } from './database.ts';
import type { ServiceParts } from './service.ts';

/** The database of DB_*; the program is ready once `statement` was answered. */
export function openDatabase(name: string, parts: ServiceParts, statement?: string): Database {
  const database = createDatabase(name, readDatabaseSettings(parts.environment), parts.log, parts.metrics);
  parts.readyAfter('database', database.reachable(statement));
  parts.onStop(() => database.close());
  return database;
}
