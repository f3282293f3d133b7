/** Each process holds the credentials of its roles and no others: what it has not, nobody can talk it out of. */
import type { Environment } from '../config/environment.ts';
import type { Secret, Targets } from '../config/targets.ts';

type Variables = Readonly<Record<string, string | undefined>>;
type Role = Environment['ROLES'][number];

const own: readonly { variables: readonly string[]; roles: readonly Role[]; why: string }[] = [
  { variables: ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN'], roles: ['gateway'], why: 'only the gateway speaks with Slack' },
  { variables: ['ANTHROPIC_API_KEY', 'ANTHROPIC_FOUNDRY_API_KEY', 'AWS_BEARER_TOKEN_BEDROCK'], roles: ['investigator'], why: 'only the investigator speaks with a model' },
];

/** What this process holds and must not, a sentence each; empty when it is well. `variables` are those it was started with. */
export function separationProblems(environment: Environment, targets: Targets, variables: Variables): string[] {
  const held = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => Boolean(variables[name]));
  const without = (roles: readonly Role[]): boolean => !roles.some((role) => environment.ROLES.includes(role));
  const { read, write, probes } = secretsOf(targets);
  const rules = [
    ...own,
    { variables: [...read].filter((name) => !write.has(name)), roles: ['investigator', 'executor'] as const, why: 'the gateway reaches no target' },
    { variables: [...probes], roles: ['investigator'] as const, why: 'only the investigator runs probes in pods' },
    { variables: [...write], roles: ['executor'] as const, why: 'only the executor changes targets' },
  ];
  return rules.filter(({ roles }) => without(roles)).flatMap(({ variables: names, why }) => {
    const present = held(names);
    return present.length === 0 ? [] : [`ROLES is ${environment.ROLES.join(',')}, and this process has ${present.join(', ')}: ${why}. Take ${present.length === 1 ? 'it' : 'them'} out of its environment.`];
  });
}

/** Names of variables. One that is used for both counts as the stronger. */
function secretsOf({ databases, services, clusters, operations, hosts, deploys = [] }: Targets): { read: Set<string>; write: Set<string>; probes: Set<string> } {
  const names = (secrets: readonly (Secret | undefined)[]): Set<string> => new Set(secrets.flatMap((secret) => (secret ? [secret.variable] : [])));
  return {
    read: names([...databases.map(({ read }) => read), ...services.map(({ statusToken }) => statusToken), ...clusters.map(({ kubeconfig }) => kubeconfig), ...[...operations, ...hosts].map(({ readToken }) => readToken), ...deploys.map(({ token }) => token)]),
    probes: names(clusters.map(({ probes }) => probes)),
    write: names([...databases.map(({ write }) => write), ...clusters.flatMap(({ write, secrets = {} }) => [write, ...Object.values(secrets)]), ...[...operations, ...hosts].map(({ writeToken }) => writeToken)]),
  };
}
