import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/config/configuration-error.ts';
import { readEnvironment, variables } from '../../src/config/environment.ts';
import { loadConfiguration, parseConfiguration } from '../../src/config/load.ts';

const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' };
const minimal = 'channels: { alerts: C0123456789 }\npolicy: { approvers: { users: [U0123456789] } }\n';

function problemsOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('the environment', () => {
  it('has defaults for everything but Slack', () => {
    expect(readEnvironment(slack)).toMatchObject({ ROLES: ['gateway', 'investigator', 'executor'], HOST: '127.0.0.1', PORT: 8080, CONFIG_FILE: 'sre-agent.yaml' });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['no Slack at all', {}, ['SLACK_BOT_TOKEN is missing', 'SLACK_SIGNING_SECRET is missing', 'Socket Mode']],
    ['a role that is none', { ...slack, ROLES: 'gateway,boss' }, ['ROLES', 'executor']],
    ['a port that is none', { ...slack, PORT: '99999' }, ['PORT']],
    ['a database that is no PostgreSQL', { ...slack, DATABASE_URL: 'mysql://x' }, ['DATABASE_URL', 'postgres://']],
    ['split roles without a database', { ROLES: 'executor' }, ['DATABASE_URL is missing', 'same DATABASE_URL']],
  ])('stops at %s and says what to do', (_name, environment, texts) => {
    const message = problemsOf(() => readEnvironment(environment));
    for (const text of texts) expect(message).toContain(text);
  });

  it('counts an empty variable as unset', () => {
    const environment = readEnvironment({ ...slack, REDIS_URL: '', LOG_LEVEL: '' });
    expect(environment.REDIS_URL).toBeUndefined();
    expect(environment.LOG_LEVEL).toBe('info');
  });

  it('needs no Slack token where there is no gateway', () => {
    expect(readEnvironment({ ROLES: 'executor', DATABASE_URL: 'postgres://x/y' }).ROLES).toEqual(['executor']);
  });

  it('is documented, all of it, in .env.example', () => {
    const text = readFileSync('.env.example', 'utf8');
    const named = new Set([...text.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]));
    for (const name of Object.keys(variables)) expect(named, name).toContain(name);
    expect(readEnvironment(parseEnv(text) as Record<string, string>).ROLES).toHaveLength(3);
    const uncommented = text.replaceAll(/^#([A-Z][A-Z0-9_]*=)/gm, '$1');
    expect(readEnvironment(parseEnv(uncommented) as Record<string, string>).REDIS_URL).toBe('redis://localhost:6379');
    for (const [name, schema] of Object.entries(variables)) expect(schema.description, name).toBeTruthy();
  });
});

describe('sre-agent.yaml', () => {
  it('knows hosts by their agent, and the machine that looks only when it is named', () => {
    const hosts = (text: string) => parseConfiguration(`${minimal}targets: { hosts: [${text}] }`, 'x.yaml', { T: 'x' });
    expect(hosts('{ name: a, url: "http://a:1/", read_token: "${T}" }, { name: b, local: true, units: [nginx.service] }').targets.hosts).toMatchObject([{ name: 'a', url: 'http://a:1' }, { name: 'b', local: { units: ['nginx.service'], certificates: [], ping: [] } }]);
    expect(hosts('{ name: a, url: "http://a:1" }').targets.hosts[0]).not.toHaveProperty('local');
    for (const [text, words] of [['{ name: a }', 'either url'], ['{ name: a, url: "http://a:1", local: true }', 'either url'], ['{ name: a, local: true, write_token: "${T}" }', 'write_token is for the agent'], ['{ name: a, url: "http://a:1", units: [x.service] }', 'settings of its agent'], ['{ name: a, local: true, certificates: [etc] }', 'absolute path'], ['{ name: a, local: true, ping: ["-f"] }', 'host names, addresses'], ['{ name: a, local: true, units: ["--root=/x.service"] }', 'whole name']] as const) {
      expect(problemsOf(() => hosts(text)), text).toContain(words);
    }
  });

  it('has a valid example, whose secrets are all in .env.example', () => {
    const environment = parseEnv(readFileSync('.env.example', 'utf8').replaceAll(/^#([A-Z][A-Z0-9_]*=)/gm, '$1')) as Record<string, string>;
    const configuration = loadConfiguration('sre-agent.example.yaml', environment);
    expect(configuration.targets.databases[0]?.write?.reveal()).toContain('sre_write');
    expect(configuration.targets.clusters[0]?.kubeconfig.reveal()).toContain('kubeconfig');
    expect(configuration.secretValues()).toHaveLength(configuration.targets.operations.length * 2 + 10);
    expect(configuration.targets.clusters[0]?.probes?.variable).toBe('KUBECONFIG_PROBES');
    expect(configuration.targets.clusters[0]?.write?.reveal()).toContain('kubeconfig-write');
    expect(configuration.targets.clusters[0]?.secrets?.['payments-password']?.variable).toBe('PAYMENTS_PASSWORD_WRITE');
  });

  it('knows where metrics and logs can be asked for', () => {
    const query = (text: string) => parseConfiguration(`${minimal}targets: { ${text} }`, 'x.yaml', { T: 'planted' }).targets;
    expect(query('prometheus: { url: "http://p:9090/prometheus/", token: "${T}" }').prometheus).toMatchObject({ url: 'http://p:9090/prometheus' });
    expect(query('loki: { url: "http://l:3100", tenant: shop }').loki).toMatchObject({ url: 'http://l:3100', tenant: 'shop' });
    expect(query('')).not.toHaveProperty('prometheus');
    for (const [text, words] of [['prometheus: { url: "file:///x" }', 'http://'], ['prometheus: { url: "http://p", token: planted }', 'is a secret'], ['loki: { url: "http://l", tenant: "a b" }', 'tenant']] as const) expect(problemsOf(() => query(text)), text).toContain(words);
  });

  it('needs no secret until somebody uses it, and then names it', () => {
    const configuration = loadConfiguration('sre-agent.example.yaml', {});
    expect(() => configuration.targets.databases[0]?.read.reveal()).toThrow(/ORDERS_DATABASE_READ_URL.*database orders/);
  });

  it.each<[string, string, string]>([
    ['a secret written out', `${minimal}targets: { databases: [{ name: a, read: "postgres://u:hunter2@h/d" }] }`, 'write ${NAME} here'],
    ['an unknown key', `${minimal}chanels: {}`, 'chanels'],
    ['no approvers', 'channels: { alerts: C0123456789 }\npolicy: {}', 'nobody could approve'],
    ['a dependency on nothing', `${minimal}targets: { services: [{ name: a, url: "http://a", checks: [{ name: x, path: / }], depends_on: [b] }] }`, 'depends_on b'],
    ['an operation without limits on a parameter', `${minimal}targets: { operations: [{ name: a, description: d, parameters: { x: {} }, read: { url: "http://a", value: /x }, change: { method: POST, url: "http://a" }, undo: { kind: impossible } }] }`, 'unlimited'],
    ['an effect without its parameters', `${minimal}targets: { operations: [{ name: a, description: d, effect: restart, read: { url: "http://a", value: /x }, change: { method: POST, url: "http://a" }, undo: { kind: not_needed } }] }`, 'needs the parameter service'],
    ['an inverse that is not there', `${minimal}targets: { operations: [{ name: a, description: d, read: { url: "http://a", value: /x }, change: { method: POST, url: "http://a" }, undo: { kind: operation, operation: b } }] }`, 'undone by b, which is not in targets.operations'],
    ['an inverse that needs more', `${minimal}targets: { operations: [{ name: a, description: d, read: { url: "http://a", value: /x }, change: { method: POST, url: "http://a" }, undo: { kind: operation, operation: b } }, { name: b, description: d, parameters: { x: { enum: [y] } }, read: { url: "http://a", value: /x }, change: { method: POST, url: "http://a" }, undo: { kind: impossible } }] }`, 'needs x'],
    ['not production, and two things of that name', `channels: { alerts: C0123456789 }\npolicy: { approvers: { users: [U0ANA] }, not_production: [a] }\ntargets: { databases: [{ name: a, read: "\${A}" }], clusters: [{ name: a, kubeconfig: "\${B}", namespaces: [shop] }] }`, 'targets.databases and targets.clusters'],
    ['a target twice', `${minimal}targets: { databases: [{ name: a, read: "\${A}" }, { name: a, read: "\${A}" }] }`, 'a twice'],
    ['a variable that is not set', `channels: { alerts: "\${NOWHERE}" }\npolicy: { approvers: { users: [U0123456789] } }`, 'NOWHERE is not set'],
    ['broken YAML', 'channels: [', 'x.yaml'],
    ['nothing', '', 'channels'],
  ])('stops at %s', (_name, text, expected) => {
    expect(problemsOf(() => parseConfiguration(text, 'x.yaml', {}))).toContain(expected);
  });

  it('never repeats a secret that stood in the wrong place', () => {
    expect(problemsOf(() => parseConfiguration(`${minimal}targets: { databases: [{ name: a, read: "postgres://u:hunter2@h/d" }] }`, 'x.yaml', {}))).not.toContain('hunter2');
  });

  it('says how to get a file where there is none', () => {
    expect(problemsOf(() => loadConfiguration('nowhere.yaml', {}))).toContain('sre-agent.example.yaml');
  });

  it('wants the URL of a database to fit its kind, and shows nothing of it', () => {
    const file = `${minimal}targets: { databases: [{ name: a, kind: mysql, read: "\${A_READ}", write: "\${A_WRITE}" }, { name: b, read: "\${B_READ}" }] }\n`;
    const message = problemsOf(() => parseConfiguration(file, 'sre-agent.yaml', { A_READ: 'postgres://u:hunter2@h/d', A_WRITE: 'mariadb://u:p@h/d', B_READ: 'https://h/' }));
    expect(message).toContain('database a: A_READ must start with mysql://, since its kind is mysql; or set kind: postgres');
    expect(message).toContain('database b: B_READ must start with postgres://, since its kind is postgres');
    expect(message).not.toMatch(/hunter2|A_WRITE/);
    expect(problemsOf(() => parseConfiguration(file, 'sre-agent.yaml', {}))).toBe('no problem');
  });
});
