/** "What did you check?": one line a specialist, in words. The commands are in the evidence, one at a time. */
import type { IncidentEvent } from '../../incident/events.ts';
import type { Evidence, Finding, SpecialistName } from '../../incident/types.ts';
import { specialistNames } from '../../incident/types.ts';
import { list } from '../../rules/words.ts';
import { bestMatches } from './matching.ts';

interface Checked {
  specialist: SpecialistName;
  text: string;
  evidence: string[];
}

const mostIds = 12;

/** Undefined evidence-free incidents are the caller's to word; `question` narrows to the specialists it is about. */
export function checkedText(question: string, { events, evidence, findings }: { events: readonly IncidentEvent[]; evidence: readonly Evidence[]; findings: readonly Finding[] }): { text: string; evidence: string[] } {
  const gaps = (name: SpecialistName): string[] => [...new Set(events.flatMap((event) => (event.type === 'specialist.reported' && event.report.specialist === name ? event.report.gaps : [])))];
  const all = specialistNames.flatMap((name) => checkedBy(name, evidence.filter((one) => one.specialist === name), findings.filter((one) => one.specialist === name), gaps(name)));
  const own = new Map(all.map((one) => [one, evidence.filter((each) => each.specialist === one.specialist).map((each) => `${each.tool.replaceAll('_', ' ')} ${each.command}`).join(' ')]));
  const narrowed = bestMatches(question, all, (one) => `${one.text} ${own.get(one) ?? ''}`, asking).matches;
  const shown = narrowed.length > 0 ? narrowed : all;
  const example = shown[0]?.evidence[0];
  return { text: [...shown.map((one) => one.text), ...(example === undefined ? [] : [`Ask for one to see its command and what it said: "show ${example}".`])].join('\n'), evidence: shown.flatMap((one) => one.evidence) };
}

const asking = new Set(['check', 'checks', 'checked', 'look', 'looked', 'evidence', 'investigate', 'investigated', 'read', 'tried', 'see', 'seen', 'know', 'far', 'already']);

function checkedBy(specialist: SpecialistName, evidence: readonly Evidence[], findings: readonly Finding[], gaps: readonly string[]): Checked[] {
  if (evidence.length === 0 && gaps.length === 0) return [];
  const looked = [...new Set(evidence.map((one) => inWords[one.tool] ?? one.tool.replaceAll('_', ' ')))];
  const ids = evidence.map((one) => one.id);
  const cited = ids.length === 0 ? '' : ` [${ids.slice(0, mostIds).join(', ')}${ids.length > mostIds ? `, and ${ids.length - mostIds} more` : ''}]`;
  return [{ specialist, evidence: ids, text: `${specialist}: ${looked.length === 0 ? 'could not look' : `looked at ${list(looked)}`}. ${verdict(findings, gaps)}${cited}` }];
}

/** "In order" is for what was read whole. */
function verdict(findings: readonly Finding[], gaps: readonly string[]): string {
  const worst = findings.find((one) => one.severity === 'critical') ?? findings.find((one) => one.severity === 'warning');
  const remark = findings[0];
  const unread = gaps[0] === undefined ? '' : ` Could not read: ${cut(gaps[0])}${gaps.length > 1 ? `, and ${gaps.length - 1} more` : ''}.`;
  if (worst !== undefined) return `Worst: ${worst.title}.${unread}`;
  if (remark !== undefined) return `Noticed only: ${remark.title}.${unread}`;
  return unread === '' ? 'In order.' : unread.trim();
}

function cut(text: string): string {
  const whole = [...text];
  return whole.length <= 160 ? text : `${whole.slice(0, 157).join('')}...`;
}

/** By tool; others are named by their own words. */
const inWords: Record<string, string> = {
  http_checks: "the services' checks",
  workload_status: 'their processes and configuration revisions',
  lookup_and_connect: 'the host names and ports the services use',
  postgres_connect: 'whether the database lets us in',
  postgres_sessions: 'sessions and who waits for whom',
  postgres_connections: 'connections',
  mysql_connect: 'whether the database lets us in',
  mysql_sessions: 'sessions and who waits for whom',
  mysql_connections: 'connections',
  mysql_settings: 'limits of the server',
  postgres_tables: 'table sizes',
  postgres_indexes: 'indexes',
  postgres_settings: 'settings',
  postgres_roles: 'roles and their limits',
  postgres_rights: 'rights that roles lack',
  postgres_writers: 'which roles change rows',
  postgres_relations: 'tables, columns and constraints',
  postgres_sequences: 'sequences',
  postgres_server: 'replication, slots and prepared transactions',
  postgres_statements: 'plans of the busiest statements',
  kubectl_workloads: 'deployments and their revisions',
  kubectl_pods: 'pods',
  kubectl_network: 'services, ingresses and network policies',
  kubectl_resources: 'claims, autoscalers, quotas and jobs',
  kubectl_configmaps: 'ConfigMaps',
  kubectl_events: 'events of the namespace',
  kubectl_custom_resources: 'custom resources',
  kubectl_nodes: 'nodes',
  kubectl_dns: "the cluster's DNS",
  kubectl_container_log: 'logs of containers',
  helm_releases: 'Helm releases',
  sql_select: 'queries of its own',
  mysql_look: 'the status of the server',
  postgres_look: 'the system views of the database',
  postgres_explain: 'plans of statements',
};
