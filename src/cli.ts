#!/usr/bin/env node
/** What `sre-agent` runs: without a word the service, with one its command. */
import { existsSync } from 'node:fs';
import { commands } from './commands/commands.ts';
import { dispatch } from './commands/dispatch.ts';

const words = process.argv.slice(2);
if (words.length === 0) {
  await import('./main.ts');
} else {
  if (existsSync('.env')) process.loadEnvFile('.env'); // what the environment already has stays
  process.exitCode = await dispatch(words, commands, {
    variables: process.env,
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
  });
}
