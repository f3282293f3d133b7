/** Everything that makes the shop's database, as one script for psql: see the Dockerfile. */
import { createRoles, grantTables, secureDatabase } from './roles.ts';
import { keysAndIndexes, tables } from './schema.ts';
import { rows, sequences } from './seed.ts';

const statements = [
  createRoles, 'CREATE DATABASE shop', '\\connect shop', secureDatabase, 'CREATE EXTENSION pg_stat_statements',
  'SET ROLE shop_owner', 'BEGIN', tables, ...rows, ...sequences, ...keysAndIndexes, 'COMMIT', grantTables, 'RESET ROLE', 'VACUUM (ANALYZE)',
];

process.stdout.write(statements.map((statement) => (statement.startsWith('\\') ? `${statement}\n` : `${statement.trim().replace(/;$/, '')};\n`)).join(''));
