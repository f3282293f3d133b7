/** As whom a change runs, in the target's own words and without asking it: a person must be able to find it in the target's own audit log. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ClusterTarget, Secret, Targets } from '../config/targets.ts';
import type { Action } from './action.ts';
import { isClusterAction } from './action.ts';
import type { KindContext } from './actions/kind.ts';

/** Of an undo: as whom its change is taken back. Undefined when the credentials do not say. Never throws. */
export async function identityOf(action: Action, { targets, changeOf }: Pick<KindContext, 'targets' | 'changeOf'>): Promise<string | undefined> {
  if (action.kind !== 'change.undo') return targetIdentity(action, targets);
  const undone = await changeOf?.(action.change).catch(() => undefined);
  return undone && targetIdentity(undone.action, targets);
}

function targetIdentity(action: Action, { clusters, databases, operations, hosts }: Targets): string | undefined {
  if (isClusterAction(action)) return clusterIdentity(clusters.find(({ name }) => name === action.target));
  if (action.kind === 'http.operation') return bearer(`operation ${action.operation}`, operations.find(({ name }) => name === action.operation)?.writeToken);
  if (action.kind === 'iptables.rule') return bearer(`host ${action.target}`, hosts.find(({ name }) => name === action.target)?.writeToken);
  if (action.kind === 'change.undo') return undefined;
  return userOf(valueOf(databases.find(({ name }) => name === action.target)?.write));
}

/** A token has no name: the variable that holds it is what people know. */
function bearer(what: string, token: Secret | undefined): string {
  return token === undefined ? `${what}, without a token` : `${what}, with the token of ${token.variable}`;
}

function userOf(url: string | undefined): string | undefined {
  try {
    return decodeURIComponent(new URL(url ?? '').username) || undefined;
  } catch {
    return undefined;
  }
}

const kubeconfigSchema = z.looseObject({
  'current-context': z.string().optional(),
  contexts: z.array(z.looseObject({ name: z.string(), context: z.looseObject({ user: z.string() }) })),
  users: z.array(z.looseObject({ name: z.string(), user: z.looseObject({ token: z.string().optional(), tokenFile: z.string().optional(), username: z.string().optional() }) })),
});

function clusterIdentity(cluster: ClusterTarget | undefined): string | undefined {
  try {
    const config = kubeconfigSchema.parse(parse(readFileSync(valueOf(cluster?.write) ?? '', 'utf8')));
    const context = config.contexts.find(({ name }) => name === (cluster?.context ?? config['current-context']))?.context;
    const user = config.users.find(({ name }) => name === context?.user)?.user;
    const token = user?.token ?? (user?.tokenFile === undefined ? undefined : readFileSync(user.tokenFile, 'utf8'));
    return subjectOf(token) ?? user?.username ?? context?.user;
  } catch {
    return undefined;
  }
}

/** A service account's token says who it is: system:serviceaccount:shop:sre-write. */
function subjectOf(token: string | undefined): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return z.object({ sub: z.string().max(300) }).parse(claims).sub;
  } catch {
    return undefined;
  }
}

function valueOf(secret: Secret | undefined): string | undefined {
  try {
    return secret?.reveal();
  } catch {
    return undefined;
  }
}
