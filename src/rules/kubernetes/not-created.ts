/** Pods that can't even be created: a quota that is used up, a missing service account, a refused template. */
import type { FindingBody } from '../../incident/types.ts';
import type { Action } from '../../changes/action.ts';
import type { Quota, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { count, list } from '../words.ts';
import { podsOf } from './pods.ts';
import { bytesOf } from './quantities.ts';
import { at, namespaceRule, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { short, wayBack } from './trouble-words.ts';
import { differences } from './differences.ts';
import { quotaDemand } from './quota-demands.ts';
import { webhookTrouble } from './webhooks.ts';
import { isSettled } from './who-wrote.ts';

export const notCreated = namespaceRule('pods-not-created', (scope) => refusedWorkloads(scope).map((refused) => describe(scope, refused)));

interface Refused {
  workload: Workload;
  message: string;
  quota?: Quota;
}

export function refusedWorkloads(scope: Scope): Refused[] {
  return scope.namespace.workloads.value.filter((one) => podsOf(one, scope.namespace).length < one.desired).flatMap((workload) => {
    const message = refusal(scope, workload);
    if (message === undefined) return [];
    const name = /exceeded quota: ([^,\s]+)/.exec(message)?.[1];
    const quota = scope.namespace.quotas.value.find((one) => one.name === name);
    return [{ workload, message, ...(quota === undefined ? {} : { quota }) }];
  });
}

/** A deployment says it in a condition; the others in events only, which outlive the trouble. */
function refusal(scope: Scope, workload: Workload): string | undefined {
  const condition = workload.conditions.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  if (condition !== undefined) return condition.message;
  const owners = new Set([workload.name, ...workload.revisions.map((one) => one.name)]);
  return scope.namespace.events.value.find((one) => one.reason === 'FailedCreate' && owners.has(one.name) && secondsAgo(scope, one.last) < 1200)?.message;
}

function describe(scope: Scope, { workload, message, quota }: Refused): FindingBody {
  const missing = podsOf(workload, scope.namespace).length;
  const newest = workload.revisions.at(-1);
  const earlier = workload.revisions.at(-2);
  const found = newest === undefined || earlier === undefined ? [] : differences(earlier.template, newest.template);
  const back = quota !== undefined || newest === undefined || earlier === undefined || found.length === 0 || isRolledOut(workload) ? undefined : wayBack(scope, { workload, undo: { revision: earlier, newest, differences: found, serving: earlier.available > 0 } });
  const webhook = webhookTrouble(scope, message);
  const demand = quotaDemand(scope, workload, message);
  const account = quota === undefined && back === undefined ? missingAccount(scope, workload, message) : undefined;
  const remedy: Action | undefined = webhook !== undefined ? undefined : demand?.remedy ?? back?.remedy ?? (account === undefined ? undefined : { kind: 'kubectl.create_object', ...at(scope), manifest: JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } }) });
  return {
    severity: workload.available < workload.desired ? 'critical' : 'warning',
    resource: workloadResourceOf(scope, workload),
    mechanism: quota === undefined ? (/error looking up service account/.test(message) ? 'service-account-missing' : webhook !== undefined ? 'admission-webhook-failing' : /violates PodSecurity/.test(message) ? 'pod-security-refuses' : demand !== undefined ? 'quota-wants-limits' : 'pods-refused') : 'pods-over-quota',
    title: `${workload.name} lacks ${count(workload.desired - missing, 'pod')}: ${short(reasonOf(message), 140)}`,
    explanation: `The API server refuses to create its pods: ${short(message, 300)}. ${webhook !== undefined ? `Explained by this: ${webhook.because}.` : demand !== undefined ? `Quota ${demand.quota} takes only containers that say it. ${demand.words}` : back?.words ?? (account === undefined ? '' : `Every revision of it asks for service account ${account}, and ${boundTo(scope, account)}.`)}`.trim(),
    confidence: 0.92,
    quotes: [...quoteLine(scope.namespace.workloads.evidence, 'ReplicaFailure=True', message.slice(0, 50)), ...quoteLine(scope.namespace.events.evidence, 'FailedCreate', workload.name), ...(back?.quotes ?? [])],
    ...(quota !== undefined ? { blames: resourceOf(scope, 'resourcequota', quota.name) } : webhook?.blames === undefined ? {} : { blames: webhook.blames }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** One that its template has always named: then the account went away, and the name is no slip. */
function missingAccount({ namespace }: Scope, { template, revisions }: Workload, message: string): string | undefined {
  const name = /serviceaccount "([a-z0-9][a-z0-9.-]*)" not found/.exec(message)?.[1];
  const known = namespace.access?.value;
  if (name === undefined || template.serviceAccount !== name || revisions.some((one) => one.template.serviceAccount !== name) || known === undefined) return undefined;
  return known.accounts.length > 0 && !known.accounts.includes(name) ? name : undefined;
}

function boundTo({ namespace }: Scope, name: string): string {
  const bound = (namespace.access?.value.bindings ?? []).filter((one) => one.accounts.some((account) => account.name === name));
  return bound.length === 0 ? 'nothing is bound to it' : `${list(bound.slice(0, 3).map((one) => `${one.role.kind} ${one.role.name}`))} would be its rights, as before`;
}

/** All of its pods were of the newest template already: that is not what is refused. */
function isRolledOut({ conditions }: Workload): boolean {
  return conditions.some((one) => one.type === 'Progressing' && one.status === 'True' && one.reason === 'NewReplicaSetAvailable');
}

function reasonOf(message: string): string {
  return message.replace(/^(?:.*? is forbidden: |Error creating: )+/, '');
}

export const quotaExceeded = namespaceRule('quota-exceeded', (scope) => {
  const refused = refusedWorkloads(scope).filter((one) => one.quota !== undefined);
  const quotas = [...new Set(refused.flatMap((one) => one.quota ?? []))];
  return quotas.map((quota) => overQuota(scope, quota, refused.filter((one) => one.quota === quota)));
});

function overQuota(scope: Scope, quota: Quota, refused: readonly Refused[]): FindingBody {
  const limited = [...new Set(refused.flatMap(({ message }) => [...message.matchAll(/limited: (\S+)/g)].flatMap((match) => (match[1] ?? '').split(',').map((part) => part.split('=')[0] ?? ''))))].filter((name) => Object.hasOwn(quota.hard, name));
  const former = formerHard(quota, limited);
  const use = limited.map((name) => `${name} ${quota.used[name] ?? '?'} of ${quota.hard[name] ?? '?'}`);
  const below = limited.filter((name) => (bytesOf(quota.used[name] ?? '') ?? 0) > (bytesOf(quota.hard[name] ?? '') ?? Number.POSITIVE_INFINITY));
  const written = quota.changes.find((one) => one.subresource === undefined && one.fields.some((field) => field.startsWith('spec/hard')));
  return {
    severity: 'critical',
    resource: resourceOf(scope, 'resourcequota', quota.name),
    mechanism: 'quota-exceeded',
    title: `Quota ${quota.name} keeps ${list(refused.map((one) => one.workload.name).slice(0, 4))} from creating pods: ${list(use.slice(0, 3)) || 'it is used up'}`,
    explanation: `${below.length > 0 ? `More is in use than it allows (${list(below)}), so it was lowered while pods ran${written === undefined ? '' : `; it was last written ${written.at} by ${written.manager}`}. ` : ''}${former === undefined ? 'What it should be is not noted in the cluster: raise it, or have something else use less.' : 'What it was is noted on the quota itself.'}`,
    confidence: 0.95,
    quotes: quoteLine(scope.namespace.quotas.evidence, `resourcequota ${quota.name}:`),
    ...(former === undefined || isSettled(scope, written) ? {} : { remedy: { kind: 'kubectl.patch' as const, target: scope.cluster.name, namespace: scope.namespace.namespace, resource: 'resourcequota' as const, name: quota.name, type: 'merge' as const, patch: JSON.stringify({ spec: { hard: former } }) } }),
  };
}

/** As last applied, where that allows more. */
function formerHard({ applied, hard }: Quota, limited: readonly string[]): Record<string, string> | undefined {
  const more = limited.filter((name) => (bytesOf(applied?.[name] ?? '') ?? 0) > (bytesOf(hard[name] ?? '') ?? Number.POSITIVE_INFINITY));
  return more.length === 0 ? undefined : Object.fromEntries(more.map((name) => [name, applied?.[name] ?? '']));
}
