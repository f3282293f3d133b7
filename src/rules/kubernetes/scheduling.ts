/** Pods that no node takes, and why: cordoned nodes, too little left, labels or taints, a claim that isn't bound. */
import type { FindingBody } from '../../incident/types.ts';
import type { ClusterNode } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { Rule } from '../rule.ts';
import { count, list } from '../words.ts';
import type { DifferenceField } from './differences.ts';
import { rivalOf } from './host-ports.ts';
import { namespaceRule, resourceOf, scopesOf, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { eventQuote, howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';
import { isSettled, lastWrite } from './who-wrote.ts';

export const unschedulable = namespaceRule('unschedulable', (scope) => waiting(scope).map((trouble) => describe(scope, trouble)));

const waiting = (scope: Scope): Trouble[] => troublesOf(scope).filter(({ failure }) => failure.kind === 'unschedulable');

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure: { pod, message } } = trouble;
  const claim = pod.template.volumes.find((one) => one.kind === 'claim' && scope.namespace.claims.value.some((each) => each.name === one.source && each.phase !== 'Bound'));
  const cordoned = /were unschedulable/.test(message) ? cordonedNodes(scope)[0] : undefined;
  const bears: DifferenceField[] = ['requests', 'node-selector', 'volume', 'other', ...(/free ports/.test(message) ? ['port' as const] : [])];
  const back = cordoned === undefined && claim === undefined ? wayBack(scope, trouble, (one) => bears.includes(one.field)) : undefined;
  const rival = /free ports/.test(message) ? rivalOf(scope, workload) : undefined;
  const missingClaim = /persistentvolumeclaim "([^"]+)" not found/.exec(message)?.[1];
  const kind = missingClaim !== undefined ? 'claim-missing' : claim !== undefined ? 'unschedulable-claim-unbound' : cordoned !== undefined ? 'unschedulable-nodes-cordoned' : /free ports/.test(message) ? 'host-port-conflict' : /Insufficient/.test(message) ? 'unschedulable-insufficient-resources' : /node affinity|node selector|didn't match/.test(message) ? 'unschedulable-no-node-matches' : /taint/.test(message) ? 'unschedulable-taints' : 'unschedulable';
  const blames = rival !== undefined ? workloadResourceOf(rival.home, rival.workload) : claim !== undefined ? resourceOf(scope, 'persistentvolumeclaim', claim.source) : cordoned === undefined ? undefined : nodeResource(scope, cordoned);
  return workloadFinding(scope, trouble, {
    mechanism: kind,
    title: `No node takes ${howMany(trouble)} of ${workload.name}: ${short(reasonOf(message), 140)}`,
    explanation: `The scheduler says: ${short(message, 300)} ${back?.words ?? (blames === undefined ? 'Its template did not change in a way that explains it: the cluster lacks room or a node that fits.' : '')}`.trim(),
    confidence: back === undefined ? 0.88 : back.serving ? 0.96 : 0.9,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, pod.name, 'FailedScheduling')],
    remedy: back?.remedy,
    blames,
  });
}

/** Without the preemption sentence. */
function reasonOf(message: string): string {
  return message.split(/ (?:no new claims|preemption:)/)[0]?.replace(/^\d+\/\d+ nodes are available: /, '') ?? message;
}

export const cordoned: Rule = {
  id: 'cordoned-node', specialist: 'kubernetes',
  detect: (readings, targets) => {
    const scopes = scopesOf(readings, targets);
    const blaming = scopes.flatMap((scope) => waiting(scope).filter(({ failure }) => /were unschedulable/.test(failure.message)).map((trouble) => ({ scope, trouble })));
    const clusters = new Map(blaming.map((one) => [one.scope.cluster, one.scope]));
    return [...clusters.values()].flatMap((scope) => describeCordoned(scope, blaming.filter((one) => one.scope.cluster === scope.cluster).map((one) => one.trouble)));
  },
};

function describeCordoned(scope: Scope, troubles: readonly Trouble[]): FindingBody[] {
  const names = troubles.map(({ workload }) => workload.name);
  const [first, ...others] = cordonedNodes(scope);
  const { nodes } = scope.cluster;
  if (first === undefined || nodes === undefined) return [];
  const all = nodes.value.every((one) => one.unschedulable);
  const write = lastWrite(first.changes, unschedulableField);
  const free = mayTakePods(scope, first, troubles);
  return [{
    severity: 'critical',
    resource: nodeResource(scope, first),
    mechanism: 'node-cordoned',
    title: `${all ? (nodes.value.length === 1 ? 'The only node is' : `All ${nodes.value.length} nodes are`) : `Node ${list([first, ...others].map((one) => one.name).slice(0, 3))} ${others.length === 0 ? 'is' : 'are'}`} cordoned, and ${list([...new Set(names)].slice(0, 4))} ${names.length === 1 ? 'finds' : 'find'} no place`,
    explanation: `A cordoned node takes no new pods. ${others.length === 0 ? '' : `Also cordoned: ${list(others.slice(0, 4).map((one) => one.name))}. `}${write === undefined ? '' : `${write.manager} cordoned ${first.name} at ${write.at}. `}It may have been done for maintenance: ask before undoing it.${free ? '' : ' It is not proposed from here: other nodes fit, it is to go away, or it has been so for long.'}`,
    confidence: all ? 0.95 : 0.8,
    quotes: [first, ...others.slice(0, 2)].flatMap((one) => quoteLine(nodes.evidence, `node ${one.name}:`, 'cordoned')),
    ...(free ? { remedy: { kind: 'kubectl.uncordon' as const, target: scope.cluster.name, name: first.name } } : {}),
  }];
}

const unschedulableField = 'spec/unschedulable';
/** Of nodes that would take the pod if they had room: then it waits for room, not for this node. */
const wouldFit = /Insufficient|Too many pods|free ports|volume/;
/** Also of autoscalers, upgrades and repairs; the one that cordoning itself sets, and those that say it is lost, are not among them. */
const goesAway = ({ key, effect }: ClusterNode['taints'][number]): boolean => key !== 'node.kubernetes.io/unschedulable' && (effect === 'NoExecute' || /delet|disrupt|drain|maintenance|terminat|upgrade|outdated|shutdown|candidate|autoscal/i.test(key));

/** A person cordoned it lately, it is well and stays, and no other node fits what is short of pods. */
function mayTakePods(scope: Scope, node: ClusterNode, troubles: readonly Trouble[]): boolean {
  const isReady = node.conditions.some((one) => one.type === 'Ready' && one.status === 'True');
  return isReady && !node.taints.some(goesAway) && !isSettled(scope, lastWrite(node.changes, unschedulableField)) && troubles.some(({ short: lacking, failure: { message } }) => lacking && !wouldFit.test(reasonOf(message)));
}

/** Those that would take pods again, the healthy ones first. */
function cordonedNodes({ cluster }: Scope): ClusterNode[] {
  const ready = (node: ClusterNode): number => Number(node.conditions.some((one) => one.type === 'Ready' && one.status === 'True'));
  return (cluster.nodes?.value ?? []).filter((one) => one.unschedulable).sort((left, right) => ready(right) - ready(left));
}

function nodeResource({ cluster }: Scope, node: ClusterNode): string {
  return `node/${cluster.name}/${node.name}`;
}

export const unwellNodes: Rule = {
  id: 'node-not-ready', specialist: 'kubernetes',
  detect: ({ clusters = [] }) => clusters.flatMap(({ name, nodes, namespaces }) => (nodes?.value ?? []).flatMap((node): FindingBody[] => {
    const ready = node.conditions.find((one) => one.type === 'Ready');
    const pressure = node.conditions.filter((one) => /Pressure$|NetworkUnavailable|PIDPressure/.test(one.type) && one.status === 'True');
    const bad = ready !== undefined && ready.status !== 'True' ? ready : pressure[0];
    if (bad === undefined || nodes === undefined) return [];
    const pods = namespaces.flatMap((one) => one.pods.value).filter((pod) => pod.node === node.name && pod.phase !== 'Succeeded');
    return [{
      severity: bad === ready ? (pods.length > 0 ? 'critical' : 'warning') : 'warning',
      resource: `node/${name}/${node.name}`,
      mechanism: bad === ready ? 'node-not-ready' : `node-${bad.type.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()}`,
      title: `Node ${node.name} ${bad === ready ? 'is not ready' : `is under ${bad.type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}`}: ${short(bad.message || bad.reason, 120)}`,
      explanation: `${bad.reason}: ${short(bad.message)}. ${count(pods.length, 'pod')} of the namespaces that are looked at ${pods.length === 1 ? 'is' : 'are'} on it. What is wrong on the node itself can't be seen or changed from here.`,
      confidence: 0.93,
      quotes: quoteLine(nodes.evidence, `${bad.type}=${bad.status} ${bad.reason}`).concat(quoteLine(nodes.evidence, `node ${node.name}:`)),
    }];
  })),
};

/** Pods of a node that is gone or refuses: the node is the cause. */
export const lostNode = namespaceRule('pods-on-lost-node', (scope) => troublesOf(scope).filter(({ failure, short: isShort }) => (failure.kind === 'node' || failure.kind === 'evicted') && isShort).map((trouble) => {
  const { failure } = trouble;
  const node = failure.pod.node;
  const known = scope.cluster.nodes?.value.some((one) => one.name === node && one.conditions.some((condition) => (condition.type === 'Ready') !== (condition.status === 'True'))) === true;
  return workloadFinding(scope, trouble, {
    mechanism: failure.kind === 'node' ? 'pods-on-lost-node' : 'pods-evicted',
    title: `${trouble.workload.name} has ${howMany(trouble)} ${failure.kind === 'node' ? `on node ${node}, which is not ready` : `ended by the node (${failure.reason})`}`,
    explanation: short(failure.message || failure.reason, 300),
    confidence: 0.88, quotes: [],
    blames: known ? `node/${scope.cluster.name}/${node}` : undefined,
  });
}));
