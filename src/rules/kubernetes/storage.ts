/** Claims that get no volume, and volumes that can't be mounted. */
import type { FindingBody } from '../../incident/types.ts';
import type { Claim } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { list } from '../words.ts';
import { eventsAbout } from './pods.ts';
import { namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { eventQuote, howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';

export const unboundClaim = namespaceRule('unbound-claim', (scope) => scope.namespace.claims.value.filter((one) => one.phase === 'Lost' || (one.phase === 'Pending' && secondsAgo(scope, one.createdAt) > 20)).flatMap((claim) => describe(scope, claim)));

/** One that waits for its first pod is as it should be. */
function describe(scope: Scope, claim: Claim): FindingBody[] {
  const events = eventsAbout(scope.namespace, 'PersistentVolumeClaim', claim.name);
  const classes = scope.cluster.storageClasses;
  const noClass = claim.storageClass === undefined ? classes !== undefined && !classes.some((one) => one.default) : claim.storageClass !== '' && classes !== undefined && !classes.some((one) => one.name === claim.storageClass);
  const failed = events.find((one) => one.type === 'Warning');
  const waiting = events[0]?.reason === 'WaitForFirstConsumer' || events[0]?.reason === 'WaitForPodScheduled';
  const users = scope.namespace.pods.value.filter((pod) => pod.template.volumes.some((one) => one.kind === 'claim' && one.source === claim.name));
  if (claim.phase === 'Pending' && !noClass && failed === undefined && (waiting || users.length === 0)) return [];
  const says = noClass ? (claim.storageClass === undefined ? 'it names no storage class, and none is the default' : `there is no storage class ${claim.storageClass}`) : claim.phase === 'Lost' ? 'its volume is gone' : short(failed?.message ?? events[0]?.message ?? 'nothing provides a volume for it', 160);
  return [{
    severity: users.some((pod) => !pod.ready) ? 'critical' : 'warning',
    resource: resourceOf(scope, 'persistentvolumeclaim', claim.name),
    mechanism: noClass ? 'storage-class-missing' : claim.phase === 'Lost' ? 'volume-lost' : 'claim-not-bound',
    title: `Claim ${claim.name} has no volume: ${says}`,
    explanation: `${users.length === 0 ? 'No pod waits for it yet.' : `${list([...new Set(users.map((pod) => pod.name))].slice(0, 3))} can't start without it.`} ${noClass && classes !== undefined ? `There ${classes.length === 0 ? 'is no storage class at all' : `are ${list(classes.map((one) => one.name))}`}. The class of a claim can't be changed: it must be made anew, which is not done from here.` : ''}`.trim(),
    confidence: noClass || failed !== undefined ? 0.93 : 0.75,
    quotes: [...quoteLine(scope.namespace.claims.evidence, `persistentvolumeclaim ${claim.name}:`), ...(failed === undefined ? [] : quoteLine(scope.namespace.events.evidence, `persistentvolumeclaim/${claim.name}`, failed.message.slice(0, 60)))],
  }];
}

export const unmountable = namespaceRule('volume-not-mounted', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'volume' || failure.kind === 'sandbox').map((trouble) => {
  const { workload, failure } = trouble;
  const missing = /\b(configmap|secret) "([^"]+)" not found|references non-existent (?:config|secret) key: (\S+)/.exec(failure.message);
  const back = failure.kind === 'volume' ? wayBack(scope, trouble, (one) => one.field === 'volume' || one.field === 'other') : undefined;
  return workloadFinding(scope, trouble, {
    mechanism: missing?.[3] !== undefined ? 'mounted-key-missing' : missing?.[1] !== undefined ? `missing-${missing[1]}` : failure.kind === 'volume' ? 'volume-not-mounted' : 'sandbox-not-created',
    title: `${workload.name} can't start ${howMany(trouble)}: ${missing === null ? short(failure.message, 140) : missing[3] === undefined ? `${missing[1] === 'secret' ? 'Secret' : 'ConfigMap'} ${missing[2]} does not exist` : `the volume's source has no key ${missing[3]}`}`,
    explanation: `${failure.reason}: ${short(failure.message, 300)}. ${back?.words ?? 'The pod template is not what changed.'}`,
    confidence: 0.9,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, failure.pod.name, failure.reason)],
    remedy: back?.remedy,
  });
}));
