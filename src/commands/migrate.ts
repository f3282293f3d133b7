/** `sre-agent migrate`: for installations where the service's own role may not change the schema. */
import { ConfigurationError } from '../config/configuration-error.ts';
import { migrate } from '../database/migrate.ts';
import { databaseError } from '../start-error.ts';
import type { Command } from './command.ts';
import { UsageError } from './command.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'brings the schema of DATABASE_URL to this release; starting the service does it too',
  usage: ['migrate'],
  async run(words, { variables, print }) {
    if (words.length > 0) throw new UsageError('sre-agent migrate takes no words.');
    if (!variables['DATABASE_URL']) throw new ConfigurationError(['DATABASE_URL is missing: the PostgreSQL to migrate, with the owner of its schema.']);
    await migrate(variables['DATABASE_URL']).catch((error: unknown) => {
      throw databaseError(error);
    });
    print('The schema is that of this release.');
    return 0;
  },
};
