/** From reports to a diagnosis and its drafts: the cause that explains the most, how it leads to the symptom, what to change. */
import type { ClusterAction } from '../../changes/action.ts';
import { isClusterAction, nameInCluster } from '../../changes/action.ts';
import type { ChangeDraft, Diagnosis, Finding } from '../../incident/types.ts';
import { findingKey } from '../../incident/types.ts';
import { explain, isConnected } from '../../rules/causal.ts';
import { leakSinceRollout } from '../../rules/kubernetes/connections-since-rollout.ts';
import { restartsAfter } from '../../rules/kubernetes/read-at-start.ts';
import { isStarved, shortOfCpu } from '../../rules/coverage.ts';
import { serviceOf } from '../../rules/resources.ts';
import { ruledOut } from '../../rules/ruled-out.ts';
import { count, list } from '../../rules/words.ts';
import type { Readings } from '../../rules/readings.ts';
import type { Targets } from '../../config/targets.ts';
import type { Conclusion } from '../agents.ts';

const mostDrafts = 3;

export interface Material {
  findings: readonly Finding[];
  readings: Readings;
  targets: Targets;
  /** Names that were asked about. */
  focus: readonly string[];
  unseen: readonly string[];
}

export function conclude(material: Material): Conclusion {
  const { findings, readings, targets, focus, unseen } = material;
  const order = explain(findings, targets, focus);
  const { root, chain, symptoms } = order;
  if (root === undefined) return { diagnosis: allWell(material), drafts: [] };
  const others = order.others.filter((finding) => finding.severity !== 'info');
  const diagnosis: Diagnosis = {
    summary: [
      `${root.title}. ${root.explanation}`,
      ...(symptoms.length > 0 ? [`It explains what is seen at ${list([...new Set(symptoms.map((finding) => finding.resource.replace(/^[a-z-]+\//, '')))])}.`] : []),
      ...(focus.length > 0 && !isConnected(root, targets, focus) ? [`It is not known to be connected with ${list([...focus])}, but nothing else ${unseen.length > 0 ? 'that could be read ' : ''}is out of order.`] : []),
      ...(root.mechanism.startsWith('checks-') && unseen.length > 0 ? [`This is what is seen, not yet why. Could not be read: ${shortly(unseen)}. ${askAgain(material)}`] : []),
      ...(root.supported ? [] : ['Its quotes could not be found in the evidence, so no change is proposed for it.']),
      ...(others.length > 0 ? [`Besides, and not explained by it: ${others.slice(0, 3).map((finding) => finding.title).join('; ')}.`] : []),
    ].join(' '),
    rootCause: { title: root.title, resource: root.resource, mechanism: root.mechanism, findings: [root.id, ...symptoms.map((finding) => finding.id)], confidence: root.confidence },
    chain: chain.map((finding, index) => `${index === 0 ? '' : '→ '}${finding.title}`),
    ruledOut: ruledOut(readings, findings),
    unseen: [...unseen],
  };
  return { diagnosis, drafts: draftsOf(root, symptoms, others, material) };
}

/** For causes only: a symptom ends with its cause. Of two causes with one remedy, the first carries it. */
function draftsOf(root: Finding, symptoms: readonly Finding[], others: readonly Finding[], { targets, readings, focus }: Material): ChangeDraft[] {
  const drafts = new Map<string, ChangeDraft>(roomFor(root, symptoms, targets).map((draft) => [JSON.stringify(draft.action), draft]));
  for (const cause of [root, ...others.filter((finding) => isConnected(finding, targets, focus))]) {
    if (cause.remedy === undefined || !cause.supported || cause.blames !== undefined) continue;
    const key = JSON.stringify(cause.remedy);
    // What it explains must end with it, unless another cause may hurt that as well.
    const suffering = cause === root ? symptoms.filter((symptom) => !others.some((other) => mayHurt(other, symptom, targets))) : [];
    const restarts = restartsAfter(cause.remedy, readings, targets);
    // What is read at start only helps after the restart that follows.
    const also = restarts.length > 0 ? [] : suffering;
    const covered = [cause, ...also];
    if (!drafts.has(key)) {
      drafts.set(key, { action: cause.remedy, title: titleOf(cause, targets), rationale: `${cause.title}. ${cause.explanation}`, findings: covered.map((finding) => finding.id), findingKeys: [...new Set(covered.map(findingKey))], proposedBy: 'rules' });
    }
    for (const restart of restarts) {
      drafts.set(JSON.stringify(restart), { action: restart, title: clusterTitle(restart), rationale: `${restart.name} reads its variables when it starts, so it goes on with the old value until then. To be run after the change before it.`, findings: [cause, ...suffering].map((finding) => finding.id), findingKeys: [...new Set(suffering.map(findingKey))], proposedBy: 'rules' });
    }
  }
  return [...drafts.values()].slice(0, mostDrafts);
}

function mayHurt(cause: Finding, symptom: Finding, targets: Targets): boolean {
  const service = serviceOf(symptom.resource);
  return service === undefined || isConnected(cause, targets, [service]);
}

/** What is used up keeps the change of its cause from beginning: pods of the revision before need a session each. */
function roomFor(root: Finding, symptoms: readonly Finding[], targets: Targets): ChangeDraft[] {
  if (root.mechanism !== leakSinceRollout || root.remedy === undefined || !root.supported) return [];
  return symptoms.flatMap((finding) => (finding.remedy === undefined || !finding.supported || finding.blames !== root.resource ? [] : [{
    action: finding.remedy, title: titleOf(finding, targets), findings: [finding.id], findingKeys: [findingKey(finding)], proposedBy: 'rules',
    rationale: `${finding.title}. It makes room for the change after it, which is to follow at once: without it the sessions are taken again.`,
  }]));
}

function titleOf({ remedy }: Finding, targets: Targets): string {
  switch (remedy?.kind) {
    case 'postgres.create_index':
      return `Create an index on ${remedy.schema}.${remedy.table} (${remedy.columns.join(', ')})`;
    case 'postgres.terminate_backend':
      return remedy.sessions.length === 1 ? `End session ${remedy.sessions[0]?.pid} of ${remedy.target}` : `End ${count(remedy.sessions.length, 'idle session')} of ${remedy.target}`;
    case 'postgres.cancel_backend':
      return `Cancel what session ${remedy.sessions[0]?.pid} of ${remedy.target} waits to do`;
    case 'mysql.kill':
      if (remedy.what === 'query') return `Cancel what connection ${remedy.sessions[0]?.id} of ${remedy.target} waits to do`;
      return remedy.sessions.length === 1 ? `End connection ${remedy.sessions[0]?.id} of ${remedy.target}` : `End ${count(remedy.sessions.length, 'idle connection')} of ${remedy.target}`;
    case 'postgres.alter_setting':
      return `${remedy.value === null ? `Reset ${remedy.setting}` : `Set ${remedy.setting} to ${remedy.value}`} for ${remedy.role !== undefined ? `role ${remedy.role}` : `the ${remedy.scope === 'system' ? 'server' : 'database'} ${remedy.target}`}`;
    case 'postgres.role_connection_limit':
      return remedy.limit === -1 ? `Lift the connection limit of role ${remedy.role}` : `Let role ${remedy.role} have ${count(remedy.limit, 'session')}`;
    case 'postgres.role_valid_until':
      return `Let the password of role ${remedy.role} be valid ${remedy.until === 'infinity' ? 'without an end' : `until ${remedy.until}`}`;
    case 'postgres.table_option':
      return `${remedy.value === null ? `Reset ${remedy.option}` : `Set ${remedy.option} to ${remedy.value}`} of ${remedy.schema}.${remedy.table}`;
    case 'postgres.analyze':
      return `Analyse ${remedy.schema}.${remedy.table}`;
    case 'postgres.vacuum':
      return `Vacuum ${remedy.schema}.${remedy.table}`;
    case 'postgres.grant':
      return `Grant ${remedy.privileges.join(', ')} on ${remedy.object} ${remedy.name ?? remedy.schema} to ${remedy.role}`;
    case 'postgres.reset_sequence':
      return `Move the sequence of ${remedy.schema}.${remedy.table}.${remedy.column} past its highest value`;
    case 'postgres.reindex':
      return `Build index ${remedy.schema}.${remedy.index} anew`;
    case 'postgres.validate_constraint':
      return `Validate ${remedy.constraint} of ${remedy.schema}.${remedy.table}`;
    case 'mysql.set_global':
      return `Set ${remedy.variable} of ${remedy.target} to ${String(remedy.value)}`;
    case 'http.operation':
      return operationTitle(remedy.parameters, remedy.operation, targets);
    default:
      return remedy !== undefined && isClusterAction(remedy) ? clusterTitle(remedy) : 'Change';
  }
}

function clusterTitle(action: ClusterAction): string {
  switch (action.kind) {
    case 'kubectl.rollout_undo':
      return `Roll ${action.name} back to revision ${action.to_revision}`;
    case 'kubectl.rollout_restart':
      return `Restart ${action.name}`;
    case 'kubectl.scale':
      return `Scale ${action.name} to ${count(action.replicas, 'replica')}`;
    case 'kubectl.set_image':
      return `Set the image of ${action.name} to ${action.image}`;
    case 'kubectl.set_env':
      return action.value === null ? `Remove ${action.variable} from ${action.name}` : `Set ${action.variable} of ${action.name} to ${action.value}`;
    case 'kubectl.set_resources':
      return `Set requests and limits of ${action.name}`;
    case 'kubectl.patch':
      return `Patch ${action.resource} ${action.name}`;
    case 'kubectl.patch_custom':
      return `Patch ${action.plural} ${action.name}`;
    case 'kubectl.configmap_key':
      return `${action.value === null ? 'Remove' : 'Set'} ${action.key} of ConfigMap ${action.name}`;
    case 'kubectl.secret_key':
      return `Set ${action.key} of Secret ${action.name}`;
    case 'kubectl.delete_pod':
      return `Delete pod ${action.name}`;
    case 'kubectl.evict':
      return `Evict pod ${action.name}`;
    case 'kubectl.drain':
      return `Drain node ${action.name}`;
    case 'kubectl.metadata':
      return `${action.value === null ? 'Remove' : 'Set'} the ${action.field} ${action.key} of ${action.resource} ${action.name}`;
    case 'kubectl.rerun_job':
      return action.source === 'cronjob' ? `Run CronJob ${action.name} now` : `Run Job ${action.name} again`;
    case 'kubectl.create_object':
      return `Create ${nameInCluster(action)} again`;
    case 'kubectl.delete_object':
      return `Delete ${action.resource} ${action.name}`;
    case 'kubectl.cordon':
    case 'kubectl.uncordon':
      return `${action.kind === 'kubectl.cordon' ? 'Cordon' : 'Uncordon'} node ${action.name}`;
    case 'helm.upgrade_value':
      return `Set ${action.key} of release ${action.release} to ${String(action.value)}`;
    case 'coredns.corefile':
      return `Repair the Corefile of ${action.target}`;
    case 'helm.rollback':
      return `Roll release ${action.release} back to ${action.to_revision === undefined ? 'the revision before' : `revision ${action.to_revision}`}`;
  }
}

function operationTitle(parameters: Record<string, string>, operation: string, targets: Targets): string {
  const { service, variable, value } = parameters;
  if (service !== undefined && variable !== undefined && value !== undefined) return `Set ${variable} of ${service} back to ${value}`;
  if (service !== undefined && targets.operations.some((one) => one.name === operation && one.effect === 'restart')) return `Restart ${service}`;
  return service === undefined ? `Run ${operation}` : `Run ${operation} for ${service}`;
}

/** No cause. Order is claimed only when all was read, and by a machine whose measurements count. */
function allWell(material: Material): Diagnosis {
  const { findings, readings, unseen, focus, targets } = material;
  const remarks = findings.filter((finding) => finding.severity === 'info' && isConnected(finding, targets, focus));
  const noticed = remarks.slice(0, 3).map((finding) => finding.title).join('; ');
  const crashedBefore = readings.services.filter((service) => (service.workload?.value.restarts ?? 0) > 0 && (focus.length === 0 || focus.includes(service.name)));
  const restarted = crashedBefore.length > 0 ? [`${list(crashedBefore.map((service) => service.name))} restarted before and recovered; what caused it is not proven.`] : [];
  const doubtful = isStarved(readings) && findings.some((finding) => finding.severity === 'info' && finding.specialist === 'service');
  const said = (sentences: string[]): Diagnosis => ({ summary: sentences.join(' '), rootCause: null, chain: [], ruledOut: ruledOut(readings, findings), unseen: [...unseen] });
  const seen = readings.services.some((service) => service.checks.length > 0) || readings.databases.some((database) => database.sessions !== undefined) || (readings.clusters ?? []).some((cluster) => cluster.namespaces.length > 0);
  if (!seen) return said(['No system could be read, so nothing can be said about the cause.', ...(isStarved(readings) ? [`${shortOfCpu(readings)}.`] : []), askAgain(material)]);
  if (unseen.length === 0 && !doubtful) {
    return said(['Nothing is out of order now, so nothing is changed.', ...(noticed === '' ? [] : [`Noticed in passing: ${noticed}.`]), ...(restarted.length > 0 ? restarted : ['If there was a problem it is over, and what caused it is not visible any more.'])]);
  }
  return said([
    'No cause could be singled out, which does not mean that there is none; nothing is changed.',
    ...(noticed === '' ? [] : [`Seen: ${noticed}.`]),
    ...(unseen.length === 0 ? [] : [`Could not be read: ${shortly(unseen)}.`]),
    ...(isStarved(readings) ? [`${shortOfCpu(readings)}, so slowness was not counted as a finding.`] : []),
    ...restarted,
    askAgain(material),
  ]);
}

function askAgain({ focus, readings }: Material): string {
  return `Ask again ${isStarved(readings) ? 'in a minute' : 'once that can be read'}: /sre investigate ${focus.length > 0 ? `${list([...focus])} again` : 'again'}.`;
}

function shortly(unseen: readonly string[]): string {
  return `${unseen.slice(0, 3).join('; ')}${unseen.length > 3 ? `; and ${unseen.length - 3} more` : ''}`;
}
