import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { Labels, LabelSelector, NamespaceReading, NetworkPolicy, PolicyRule } from '../../rules/cluster-readings.ts';
import { selects } from '../../rules/kubernetes/labels.ts';
import { ruleText, selectorText } from '../readings/cluster/lines.ts';
import type { Tool } from '../tool.ts';
import { shownCommand } from './argv.ts';
import { checkedTool } from './checked-tool.ts';
import type { Client } from './client.ts';
import { shownPlace } from './look.ts';
import { objectName } from './names.ts';
import { listObjects, missingLines } from './objects.ts';
import { readingOf } from './path.ts';
import { findPlace, placeFields } from './place.ts';

const kinds = ['networkpolicies.networking.k8s.io', 'pods', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps'];

export function kubectlPolicies(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'kubectl_policies',
    description: 'NetworkPolicies in words: which pods each selects, what it lets in and out, which workloads the peers it names really are, and peers that nobody is. With `name`: those that select one pod or workload, and what is left to it altogether. kubectl_path judges one call.',
    specialists: ['kubernetes', 'network'],
    input: z.strictObject({ ...placeFields(clusters), name: objectName.optional().describe('Name of a pod, Deployment, StatefulSet or DaemonSet; all policies of the namespace when left out') }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { place, name: input.name };
    },
    async run({ place, name }, { signal }) {
      const command = `${shownCommand(shownPlace(clusters, place), ['get', 'networkpolicies', '-o', 'yaml'])}${name === undefined ? '' : ` # for ${name}`}`;
      const listed = await listObjects(client, place, kinds, signal);
      if ('problem' in listed) return { command, output: listed.problem, failed: true };
      const unread = listed.missing.find((one) => one.kind.startsWith('networkpolicies'));
      if (unread !== undefined) return { command, output: missingLines([unread]).join('\n'), failed: true };
      const described = policiesText(await readingOf(place, listed), name);
      return typeof described === 'string' ? { command, output: [described, ...missingLines(listed.missing)].join('\n') } : { command, output: described.problem, failed: true };
    },
  });
}

export function policiesText(reading: NamespaceReading, name: string | undefined): string | { problem: string } {
  const policies = reading.policies.value;
  if (name === undefined) return policies.length === 0 ? '(no NetworkPolicies: every pod may reach every other)' : policies.flatMap((one) => policyText(one, reading)).join('\n');
  const labels = (reading.workloads.value.find((one) => one.name === name)?.template ?? reading.pods.value.find((one) => one.name === name))?.labels;
  if (labels === undefined) return { problem: `No pod, Deployment, StatefulSet or DaemonSet of namespace ${reading.namespace} is named ${name}. Workloads: ${reading.workloads.value.map((one) => one.name).join(', ') || 'none'}.` };
  const selecting = policies.filter((one) => selects(one.pods, labels));
  const direction = (which: 'ingress' | 'egress', words: string): string => {
    const restricting = selecting.filter((one) => one[which] !== undefined);
    if (restricting.length === 0) return `${which}: not restricted`;
    const allowed = restricting.flatMap((one) => (one[which] ?? []).map((rule) => `${ruleText(rule)} (${one.name})`));
    return `${which}: restricted by ${restricting.map((one) => one.name).join(', ')}; ${words} ${allowed.length === 0 ? 'nothing' : `only ${allowed.join('; ')}`}`;
  };
  return [`${name} has the labels ${labelsOf(labels)}; ${selecting.length} of ${policies.length} policies select it`, direction('ingress', 'let in:'), direction('egress', 'let out:'), ...selecting.flatMap((one) => policyText(one, reading))].join('\n');
}

function policyText(policy: NetworkPolicy, reading: NamespaceReading): string[] {
  const write = policy.changes.find((one) => one.at !== '' && one.subresource === undefined);
  const rules = (which: string, found: PolicyRule[] | undefined): string[] => (found === undefined ? [`  ${which}: not restricted by this one`] : found.length === 0 ? [`  ${which}: nothing is allowed`] : found.flatMap((rule) => [`  ${which}: ${ruleText(rule)}`, ...peersText(rule, reading)]));
  return [`networkpolicy ${policy.name}: for pods ${selectorText(policy.pods) || '(all)'}, which are ${matching(policy.pods, reading)}${write === undefined ? '' : `; last written ${write.at} by ${write.manager}`}`, ...rules('ingress', policy.ingress), ...rules('egress', policy.egress)];
}

function peersText({ peers }: PolicyRule, reading: NamespaceReading): string[] {
  return peers.flatMap((peer) => (peer.pods === undefined || peer.namespaces !== undefined || selectorText(peer.pods) === '' ? [] : [`    pods ${selectorText(peer.pods)} are ${matching(peer.pods, reading)}`]));
}

function matching(selector: LabelSelector, { workloads, pods }: NamespaceReading): string {
  const found = workloads.value.filter((one) => selects(selector, one.template.labels)).map((one) => `${one.kind} ${one.name}`);
  const bare = pods.value.filter((one) => one.owner === undefined && selects(selector, one.labels)).map((one) => `pod ${one.name}`);
  const all = [...found, ...bare];
  return all.length === 0 ? `NOBODY in this namespace (labels there: ${[...new Set(workloads.value.flatMap((one) => Object.keys(selector.labels).flatMap((key) => (Object.hasOwn(one.template.labels, key) ? [`${key}=${one.template.labels[key]}`] : []))))].slice(0, 20).join(', ') || 'none with these keys'})` : `${all.slice(0, 10).join(', ')}${all.length > 10 ? ` and ${all.length - 10} more` : ''}`;
}

const labelsOf = (labels: Labels): string => Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',') || '(none)';
