/** A workload that leaks sessions of a database since its newest revision, until nobody gets one: the revision is what to take back. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { says } from '../database/clients.ts';
import type { Leak } from '../database/leak.ts';
import { leakOf } from '../database/leak.ts';
import type { DatabaseReading } from '../readings.ts';
import { quoteLine } from '../quotes.ts';
import { count } from '../words.ts';
import { podsOf } from './pods.ts';
import { namespaceRule, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { undoOf } from './suspect-rollout.ts';
import { wayBack } from './trouble-words.ts';

export const leakSinceRollout = 'connections-exhausted-since-rollout';

/** The clocks of a database and of a cluster are not one. */
const skewMilliseconds = 30_000;

export const connectionsSinceRollout = namespaceRule('connections-since-rollout', (scope) => scope.readings.databases.flatMap((database) => {
  const leak = leakOf(database);
  return leak === undefined ? [] : scope.namespace.workloads.value.filter((workload) => isClient(scope, workload, leak)).flatMap((workload) => describe(scope, workload, leak, database));
}));

/** By the addresses of its pods, or, where sessions come from other addresses, by the name that they carry. */
function isClient(scope: Scope, workload: Workload, { sessions, application }: Leak): boolean {
  const of = (one: Workload): Set<string> => new Set(podsOf(one, scope.namespace).map(({ address }) => address).filter((address) => address !== ''));
  const known = scope.namespace.workloads.value.some((one) => sessions.some(({ client }) => of(one).has(client)));
  const own = of(workload);
  return known ? sessions.filter(({ client }) => own.has(client)).length * 2 > sessions.length : says(application, workload.name);
}

function describe(scope: Scope, workload: Workload, leak: Leak, database: DatabaseReading): FindingBody[] {
  const undo = undoOf(scope, workload);
  const rolled = Date.parse(undo?.newest.createdAt ?? '');
  if (undo === undefined || Number.isNaN(rolled) || leak.since < rolled - skewMilliseconds) return [];
  const back = wayBack(scope, { workload, undo });
  if (back === undefined) return [];
  const [first] = leak.sessions;
  return [{
    severity: 'critical',
    resource: workloadResourceOf(scope, workload),
    mechanism: leakSinceRollout,
    title: `${workload.name} takes one session of database ${database.name} after another since revision ${undo.newest.revision} and uses none again: ${back.changes}`,
    explanation: `${count(leak.sessions.length, 'session')} of it ${leak.sessions.length === 1 ? 'does' : 'do'} nothing, all began after the rollout, one after the other, and hardly one was used twice: so it is with a program that does not give them back. No slot is left for others. Sessions that are ended are taken again until the revision is. ${back.words}`,
    confidence: 0.88,
    quotes: [...back.quotes, ...quoteLine(database.connections?.evidence, leak.user, leak.application, ' '), ...(first === undefined ? [] : quoteLine(database.sessions?.evidence, `${first.pid} `, first.backendStart))],
    remedy: back.remedy,
  }];
}
