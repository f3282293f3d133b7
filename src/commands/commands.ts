/** Every command, in the order of the overview. */
import { auditCommand } from './audit.ts';
import type { Command } from './command.ts';
import { hostCommand } from './host.ts';
import { migrateCommand } from './migrate.ts';
import { policyCommand } from './policy.ts';

export const commands: readonly Command[] = [policyCommand, auditCommand, hostCommand, migrateCommand];
