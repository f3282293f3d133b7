/** coredns.corefile: the Corefile in the ConfigMap of the cluster's DNS, replaced to repair it. */
import { Resolver } from 'node:dns/promises';
import type { ActionOf } from '../../action.ts';
import { corednsOf } from '../../../config/targets.ts';
import { RefusedError } from '../../errors.ts';
import { corefileSchema } from '../../network-actions.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import type { Json } from '../kubectl/json-patch.ts';
import { difference } from '../kubectl/json-patch.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import type { ObjectReference } from '../kubectl/objects.ts';
import { listAt, nameOf, textAt, textsAt, wordsOf } from '../kubectl/objects.ts';
import type { Plan, Scene } from '../kubectl/patch-kind.ts';
import { patchKind } from '../kubectl/patch-kind.ts';
import { plain, plural } from '../words.ts';
import { refuseCorefile, zonesOf } from './allowed.ts';
import { lineDifference } from './lines.ts';
import { parseCorefile } from './parse.ts';

type Action = ActionOf<'coredns.corefile'>;

const lookupMilliseconds = 3_000;
/** Of the one that is there, too: somebody may have written anything, and it is compared line by line. */
const longestPresent = 20_000;
const mostLines = 1_000;

const patching = patchKind<Action>({
  kind: 'coredns.corefile',
  schema: corefileSchema,
  reference,
  risk: () => ({ level: 'high', reasons: ['every lookup of a name in the cluster follows it'] }),
  plan,
});

export const corefileKind: ActionKind<Action> = { ...patching, check };

function reference({ target }: Action, { targets }: KindContext): ObjectReference {
  const cluster = targets.clusters.find(({ name }) => name === target);
  if (cluster === undefined) throw new RefusedError(`There is no cluster ${target} under targets.clusters in sre-agent.yaml.`);
  return { resource: 'configmap', ...corednsOf(cluster) };
}

function plan({ action, live, context }: Scene<Action>): Plan {
  const where = wordsOf(reference(action, context));
  const present = textAt(live, '/data/Corefile');
  if (present === undefined) throw new RefusedError(`${where} has no key Corefile.`);
  if (present.length > longestPresent || present.split('\n').length > mostLines || action.value.split('\n').length > mostLines) throw new RefusedError(`A Corefile of more than ${mostLines} lines or ${longestPresent} characters is not changed here.`);
  if (live['immutable'] === true) throw new RefusedError(`${where} is immutable: it can only be replaced by another one.`);
  const wanted = parseCorefile(action.value);
  refuseCorefile(wanted, present, earlierOf(textsAt(live, '/metadata/annotations')));
  const asks = context.targets.resolvers.length > 0;
  return {
    changes: difference(present, action.value, '/data/Corefile'),
    equivalent: `kubectl edit configmap ${nameOf(live)}`,
    notes: [
      'Line by line:', lineDifference(plainLines(present), action.value), '',
      /^\s*reload\b/m.test(present) ? 'CoreDNS takes it up by itself within about two minutes, and keeps the old one when it can not read it.' : 'The Corefile there has no reload: CoreDNS takes this up only when its pods are restarted.',
    ],
    checks: [`${where} holds the new Corefile`, 'the CoreDNS pods are ready', ...(asks ? [`${context.targets.resolvers[0]} answers for ${probeName(action.value)}`] : [])],
    blastRadius: 'Every lookup of a name in the cluster.',
    facts: { objects: 1 },
  };
}

/** Beside the Corefile being in place: somebody answers. */
async function check(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const written = await patching.check(change, context);
  if (!written.ok) return written;
  const parts = [await podsReady(change.action, context), ...(context.targets.resolvers.length > 0 ? [await answers(change.action.value, context)] : [])];
  return { ok: parts.every(({ ok }) => ok), details: [...written.details, ...parts.flatMap(({ details }) => details)] };
}

async function podsReady(action: Action, context: KindContext): Promise<Check> {
  const pods = await openKubectl(action, context).list('pods', { 'k8s-app': 'kube-dns' }).catch((error: unknown) => {
    if (error instanceof ProgramError) return undefined;
    throw error;
  });
  if (pods === undefined) return { ok: false, details: ['whether the CoreDNS pods are ready could not be read'] };
  const ready = pods.filter((pod) => listAt(pod, '/status/conditions').some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True')).length;
  return { ok: pods.length > 0 && ready === pods.length, details: [`${ready} of ${plural(pods.length, 'CoreDNS pod')} ready`] };
}

async function answers(corefile: string, { targets, signal }: KindContext): Promise<Check> {
  const name = probeName(corefile);
  const resolver = new Resolver({ timeout: lookupMilliseconds, tries: 2 });
  const stop = (): void => resolver.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    resolver.setServers(targets.resolvers);
    const addresses = await resolver.resolve4(name);
    return { ok: addresses.length > 0, details: [`${name} is ${addresses.slice(0, 3).join(', ')}`] };
  } catch (error) {
    return { ok: false, details: [`${name} could not be looked up: ${plain((error as Error).message, 120)}`] };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The API server has a name in every cluster. */
const probeName = (corefile: string): string => `kubernetes.default.svc.${(zonesOf(parseCorefile(corefile))[0] ?? 'cluster.local').replace(/\.$/, '')}`;

/** The Corefile that was last applied. */
function earlierOf(annotations: Readonly<Record<string, string>>): string[] {
  const applied = annotations['kubectl.kubernetes.io/last-applied-configuration'];
  if (applied === undefined) return [];
  try {
    const corefile = textAt(JSON.parse(applied) as Json, '/data/Corefile');
    return corefile === undefined ? [] : [corefile];
  } catch {
    return [];
  }
}

/** Somebody may have written anything there. */
const plainLines = (text: string): string => text.replaceAll(/[^\n\t -~]/g, '?');
