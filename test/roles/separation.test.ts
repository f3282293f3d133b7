import { expect, test } from 'vitest';
import { parseConfiguration } from '../../src/config/load.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { separationProblems } from '../../src/roles/separation.ts';
import { readFileSync } from 'node:fs';

const all: Record<string, string> = {
  DATABASE_URL: 'postgres://x/y', SLACK_BOT_TOKEN: 'xoxb', SLACK_SIGNING_SECRET: 's', ANTHROPIC_API_KEY: 'k',
  ORDERS_DATABASE_READ_URL: 'postgres://r', ORDERS_DATABASE_WRITE_URL: 'postgres://w', SUPERVISOR_READ_TOKEN: 'r', SUPERVISOR_WRITE_TOKEN: 'w', KUBECONFIG_READ: 'r', KUBECONFIG_WRITE: 'w', KUBECONFIG_PROBES: 'p', PAYMENTS_PASSWORD_WRITE: 'w',
};
const { targets } = parseConfiguration(readFileSync('sre-agent.example.yaml', 'utf8'), 'sre-agent.example.yaml', all);

function problemsOf(roles: string, variables: Record<string, string>): string[] {
  const own = { ROLES: roles, SLACK_BOT_TOKEN: 'x', SLACK_SIGNING_SECRET: 'x', ...variables };
  return separationProblems(readEnvironment({ DATABASE_URL: 'postgres://x/y', ...own }), targets, roles.includes('gateway') ? own : variables);
}

const pick = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, all[name] ?? '']));

test.each([
  ['gateway,investigator,executor', all],
  ['gateway', pick('SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET')],
  ['investigator', pick('ANTHROPIC_API_KEY', 'ORDERS_DATABASE_READ_URL', 'SUPERVISOR_READ_TOKEN', 'KUBECONFIG_READ', 'KUBECONFIG_PROBES')],
  ['executor', pick('ORDERS_DATABASE_READ_URL', 'ORDERS_DATABASE_WRITE_URL', 'KUBECONFIG_READ', 'KUBECONFIG_WRITE', 'PAYMENTS_PASSWORD_WRITE')],
  ['executor', { ANTHROPIC_API_KEY: '' }],
])('%s with what it needs starts', (roles, variables) => {
  expect(problemsOf(roles, variables)).toEqual([]);
});

test.each([
  ['executor', 'ANTHROPIC_API_KEY', /only the investigator speaks with a model/],
  ['executor', 'SLACK_BOT_TOKEN', /only the gateway speaks with Slack/],
  ['investigator', 'SLACK_SIGNING_SECRET', /only the gateway speaks with Slack/],
  ['investigator', 'ORDERS_DATABASE_WRITE_URL', /only the executor changes targets/],
  ['gateway,investigator', 'KUBECONFIG_WRITE', /only the executor changes targets/],
  ['gateway', 'ORDERS_DATABASE_READ_URL', /the gateway reaches no target/],
  ['gateway', 'PAYMENTS_PASSWORD_WRITE', /only the executor changes targets/],
  ['executor', 'KUBECONFIG_PROBES', /only the investigator runs probes in pods/],
  ['gateway', 'KUBECONFIG_PROBES', /only the investigator runs probes in pods/],
  ['gateway,executor', 'ANTHROPIC_API_KEY', /only the investigator speaks with a model/],
])('%s with %s does not, and says which', (roles, variable, why) => {
  const problems = problemsOf(roles, pick(variable));
  expect(problems).toEqual([expect.stringMatching(why) as string]);
  expect(problems[0]).toContain(variable);
});
