/** sre-agent.yaml + environment -> Configuration. Everything wrong with it is said at once. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { globMatches } from '../changes/policy/scope.ts';
import { ConfigurationError } from './configuration-error.ts';
import { urlProblems } from './database-urls.ts';
import type { ConfigurationFile } from './file-schema.ts';
import { fileSchema } from './file-schema.ts';
import { createSecret, expand, variableIn } from './secret.ts';
import type { Secret, Targets } from './targets.ts';

export interface Configuration {
  channels: { alerts: string; audit?: string };
  policy: ConfigurationFile['policy'];
  budgets: { dollars: number; seconds: number; specialistSeconds: number; replySeconds: number; specialistSteps: number; orchestratorTurns: number; delegations: number };
  models: ConfigurationFile['models'];
  experiments: ConfigurationFile['experiments'];
  targets: Targets;
  /** Every secret the file names, for the redactor; those not set here are left out. */
  secretValues(): string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws ConfigurationError: no file, bad YAML (with its line), wrong values (with their path), unknown names. */
export function loadConfiguration(path: string, environment: Variables): Configuration {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigurationError([`CONFIG_FILE: there is no readable file ${path}. Copy sre-agent.example.yaml to it and describe your targets there.`]);
  }
  return parseConfiguration(text, path, environment);
}

export function parseConfiguration(text: string, path: string, environment: Variables): Configuration {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new ConfigurationError(document.errors.map((error) => `${path}: ${error.message.split('\n')[0] ?? 'not valid YAML'}`));
  const parsed = fileSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    throw new ConfigurationError(parsed.error.issues.map((issue) => `${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`));
  }
  const problems: string[] = [...unknownNames(parsed.data, path), ...urlProblems(parsed.data, path, environment)];
  const secrets: Secret[] = [];
  const plain = (value: string, where: string) => expand(value, environment, (variable) => problems.push(`${path}: ${where}: ${variable} is not set in the environment`));
  const secretOf = (value: string | undefined, usedBy: string): Secret | undefined => {
    const variable = value === undefined ? undefined : variableIn(value);
    if (!variable) return undefined;
    const secret = createSecret(variable, usedBy, environment);
    secrets.push(secret);
    return secret;
  };
  const configuration = convert(parsed.data, plain, secretOf);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    ...configuration,
    secretValues: () => secrets.map((secret) => environment[secret.variable]).filter((value): value is string => Boolean(value)),
  };
}

function unknownNames(file: ConfigurationFile, path: string): string[] {
  const services = new Set(file.targets.services.map((service) => service.name));
  const databases = new Set(file.targets.databases.map((database) => database.name));
  const problems: string[] = [];
  for (const service of file.targets.services) {
    for (const other of service.depends_on) if (!services.has(other)) problems.push(`${path}: service ${service.name} depends_on ${other}, which is not in targets.services`);
    for (const database of service.databases) if (!databases.has(database)) problems.push(`${path}: service ${service.name} uses database ${database}, which is not in targets.databases`);
  }
  for (const list of ['databases', 'services', 'clusters', 'hosts', 'operations'] as const) {
    const names = file.targets[list].map((target) => target.name);
    for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) problems.push(`${path}: targets.${list} has ${name} twice`);
  }
  for (const operation of file.targets.operations) {
    for (const needed of operation.effect === 'set-environment' ? ['service', 'variable', 'value'] : operation.effect === 'restart' ? ['service'] : []) {
      if (!operation.parameters[needed]) problems.push(`${path}: operation ${operation.name} has effect ${operation.effect}, so it needs the parameter ${needed}`);
    }
    if (operation.undo.kind === 'restore' && !operation.parameters[operation.undo.parameter]) {
      problems.push(`${path}: operation ${operation.name} restores parameter ${operation.undo.parameter}, which it does not have`);
    }
    problems.push(...inverseProblems(operation, file.targets.operations).map((problem) => `${path}: operation ${operation.name} is undone by ${problem}`));
  }
  return [...problems, ...ambiguous(file, path), ...unknownInPolicy(file, path)];
}

/** A database that is not production must not take a cluster of that name along. */
function ambiguous({ policy, targets }: ConfigurationFile, path: string): string[] {
  const lists = (['databases', 'clusters', 'hosts', 'operations'] as const).map((list) => ({ list, names: targets[list].map((target) => target.name) }));
  return policy.not_production.flatMap((name) => {
    const found = lists.filter(({ names }) => names.includes(name)).map(({ list }) => list);
    return found.length > 1 ? [`${path}: policy.not_production names ${name}, which is in ${found.map((list) => `targets.${list}`).join(' and ')}: give them different names, so that only what is meant counts as not production`] : [];
  });
}

/** A name that matches nothing would leave out, without a word, what somebody wanted guarded. */
function unknownInPolicy({ policy, targets }: ConfigurationFile, path: string): string[] {
  const services = targets.operations.flatMap(({ parameters }) => (parameters['service'] ? [parameters['service']] : []));
  if (services.some((parameter) => !parameter.enum)) return []; // any service may come
  const known = [...targets.databases, ...targets.services, ...targets.clusters, ...targets.hosts, ...targets.operations].map(({ name }) => name).concat(services.flatMap((parameter) => parameter.enum ?? []));
  const scopes = Object.entries({ rules: policy.rules, freezes: policy.freezes, quiet_hours: policy.quiet_hours }).flatMap(([key, list]) => list.map(({ name, scope }) => ({ where: `policy.${key} "${name}"`, globs: scope.targets ?? [] })));
  return [...scopes, { where: 'policy.not_production', globs: policy.not_production }].flatMap(({ where, globs }) =>
    globs.filter((glob) => !known.some((name) => globMatches(glob, name))).map((glob) => `${path}: ${where} names ${glob}, which is none of the targets`),
  );
}

type OperationEntry = ConfigurationFile['targets']['operations'][number];

function inverseProblems({ name, parameters, undo }: OperationEntry, operations: readonly OperationEntry[]): string[] {
  if (undo.kind !== 'operation') return [];
  const inverse = operations.find((other) => other.name === undo.operation);
  if (inverse === undefined || inverse.name === name) return [`${undo.operation}, which is ${inverse === undefined ? 'not in targets.operations' : 'itself: name its inverse'}`];
  const missing = Object.keys(inverse.parameters).filter((parameter) => !Object.hasOwn(parameters, parameter));
  return missing.length === 0 ? [] : [`${inverse.name}, which needs ${missing.join(', ')}: it has no such parameter`];
}

function convert(
  file: ConfigurationFile,
  plain: (value: string, where: string) => string,
  secretOf: (value: string | undefined, usedBy: string) => Secret | undefined,
): Omit<Configuration, 'secretValues'> {
  const needed = (value: string, usedBy: string) => secretOf(value, usedBy) as Secret;
  const queryTarget = (name: string, { url, token, tenant }: NonNullable<ConfigurationFile['targets']['loki']>) => ({ url: plain(url, `${name}: url`).replace(/\/+$/, ''), token: secretOf(token, name), tenant });
  return {
    channels: { alerts: plain(file.channels.alerts, 'channels.alerts'), ...(file.channels.audit !== undefined && { audit: plain(file.channels.audit, 'channels.audit') }) },
    policy: file.policy,
    budgets: {
      dollars: file.budgets.dollars,
      seconds: file.budgets.seconds,
      specialistSeconds: file.budgets.specialist_seconds,
      replySeconds: file.budgets.reply_seconds,
      specialistSteps: file.budgets.specialist_steps,
      orchestratorTurns: file.budgets.orchestrator_turns,
      delegations: file.budgets.delegations,
    },
    models: file.models,
    experiments: file.experiments,
    targets: {
      databases: file.targets.databases.map((database) => ({
        name: database.name,
        kind: database.kind,
        read: needed(database.read, `database ${database.name} (read)`),
        write: secretOf(database.write, `database ${database.name} (write)`),
        allowPowerfulRead: database.allow_powerful_read,
      })),
      services: file.targets.services.map((service) => ({
        name: service.name,
        url: plain(service.url, `service ${service.name}: url`).replace(/\/$/, ''),
        checks: service.checks,
        latencyBudgetMilliseconds: service.latency_budget_ms,
        dependsOn: service.depends_on,
        databases: service.databases,
        status: service.status === undefined ? undefined : plain(service.status, `service ${service.name}: status`),
        statusToken: secretOf(service.status_token, `service ${service.name} (status)`),
      })),
      clusters: file.targets.clusters.map((cluster) => ({
        name: cluster.name,
        kubeconfig: needed(cluster.kubeconfig, `cluster ${cluster.name}`),
        write: secretOf(cluster.write, `cluster ${cluster.name} (write)`),
        probes: secretOf(cluster.probes, `cluster ${cluster.name} (probes)`),
        secrets: Object.fromEntries(Object.entries(cluster.secrets).map(([name, value]) => [name, needed(value, `cluster ${cluster.name} (secret ${name})`)])),
        context: cluster.context,
        allowPowerfulRead: cluster.allow_powerful_read,
        namespaces: cluster.namespaces,
        coredns: cluster.coredns,
      })),
      operations: file.targets.operations.map((operation) => ({
        name: operation.name,
        description: operation.description,
        effect: operation.effect,
        parameters: operation.parameters,
        read: { url: plain(operation.read.url, `operation ${operation.name}: read.url`), value: operation.read.value },
        change: { ...operation.change, url: plain(operation.change.url, `operation ${operation.name}: change.url`) },
        ...(operation.check && { check: { ...operation.check, url: plain(operation.check.url, `operation ${operation.name}: check.url`) } }),
        undo: operation.undo,
        readToken: secretOf(operation.read_token, `operation ${operation.name} (read)`),
        writeToken: secretOf(operation.write_token, `operation ${operation.name} (write)`),
      })),
      hosts: file.targets.hosts.map((host) => ({
        name: host.name,
        ...(host.url !== undefined && { url: plain(host.url, `host ${host.name}: url`).replace(/\/$/, '') }),
        ...(host.local && { local: { units: host.units ?? [], certificates: host.certificates ?? [], ping: host.ping ?? [], deploys: host.deploys } }),
        readToken: secretOf(host.read_token, `host ${host.name} (read)`),
        writeToken: secretOf(host.write_token, `host ${host.name} (write)`),
      })),
      ...(file.targets.deploys.length > 0 && { deploys: file.targets.deploys.map((source) => ({ name: source.name, url: plain(source.url, `deploys ${source.name}: url`), token: secretOf(source.token, `deploys ${source.name}`) })) }),
      ...(file.targets.prometheus && { prometheus: queryTarget('prometheus', file.targets.prometheus) }),
      ...(file.targets.loki && { loki: queryTarget('loki', file.targets.loki) }),
      resolvers: file.targets.resolvers,
      ...(file.targets.dns_search && { dnsSearch: file.targets.dns_search }),
    },
  };
}
