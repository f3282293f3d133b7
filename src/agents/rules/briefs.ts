/** What each specialist is asked, and who is not asked and why. */
import type { Targets } from '../../config/targets.ts';
import type { Brief, Finding, Report, SpecialistName } from '../../incident/types.ts';
import { specialistNames } from '../../incident/types.ts';
import { configuredHosts } from '../../rules/configured-hosts.ts';
import { serviceOf } from '../../rules/resources.ts';
import { list } from '../../rules/words.ts';
import type { Investigation } from '../agents.ts';
import type { ReadingFocus } from '../../tools/readings/reader.ts';

export interface Assignment {
  specialist: SpecialistName;
  title: string;
  brief: Brief;
  focus?: ReadingFocus;
}

export function firstAssignments(investigation: Investigation, focus: readonly string[]): { assignments: Assignment[]; left: { specialist: SpecialistName; reason: string }[] } {
  const assignments: Assignment[] = [];
  const left: { specialist: SpecialistName; reason: string }[] = [];
  for (const specialist of specialistNames) {
    const task = tasks[specialist](investigation.targets);
    if (typeof task === 'string') left.push({ specialist, reason: task });
    else assignments.push({ specialist, title: task.title, brief: brief(task.objective, investigation, focus) });
  }
  return { assignments, left };
}

type Task = { title: string; objective: string } | string;

const tasks: Record<SpecialistName, (targets: Targets) => Task> = {
  kubernetes: ({ clusters }) => (clusters.length === 0 ? 'no cluster is configured' : { title: `Look at workloads, services and events of ${list(clusters.flatMap((cluster) => cluster.namespaces.map((namespace) => `${namespace} in ${cluster.name}`)))}`, objective: 'Say which pods fail and why, what changed in the newest revisions, and whether services, policies, quotas, storage or nodes keep calls or pods away.' }),
  service: ({ services }) => (services.length === 0 ? 'no service is configured' : { title: `Check ${list(services.map((service) => service.name))}`, objective: 'Say which services fail or are slow, whether their processes stay up, and what changed in their configuration.' }),
  database: ({ databases }) => (databases.length === 0 ? 'no database is configured' : { title: `Look at sessions, connections and plans of ${list(databases.map((database) => database.name))}`, objective: 'Say who waits for whom, who holds the connections, which busy statements scan large tables, and which settings limit work.' }),
  network: ({ services }) => (services.length === 0 ? 'no service is configured whose hosts could be looked up' : { title: 'Look up and connect to the hosts that the services use', objective: 'Say which host names do not resolve and which ports refuse connections, among those that configuration and errors name.' }),
  generic: () => 'nothing here is outside the areas of the others',
};

/** A second look, where reports point at something that nobody has looked at yet. */
export function secondAssignments(reports: readonly Report[], investigation: Investigation, focus: readonly string[]): Assignment[] {
  const { readings } = investigation.rules;
  const configured = configuredHosts(readings.services, investigation.targets);
  const blamed = reports.flatMap((report) => report.findings).filter((finding) => finding.severity !== 'info' && finding.blames !== undefined);
  const assignments: Assignment[] = [];
  const hosts = blamed.flatMap((finding) => unseenHost(finding, readings.hosts.map((host) => host.host))).filter(({ host }) => configured.has(host.toLowerCase()));
  if (hosts.length > 0) {
    assignments.push({ specialist: 'network', title: `Look at ${list(hosts.map((one) => one.host))}, which a report names`, brief: brief('Look up and connect to the hosts that a report blames.', investigation, focus, blamed), focus: { services: [], databases: [], clusters: [], hosts } });
  }
  const blamedDatabases = [...new Set(blamed.map((finding) => databaseBlamed(finding)).filter((name) => name !== undefined))];
  const databases = blamedDatabases.filter((name) => !investigation.rules.findings.some((finding) => finding.specialist === 'database' && finding.severity !== 'info') && investigation.targets.databases.some((target) => target.name === name));
  if (databases.length > 0) {
    assignments.push({ specialist: 'database', title: `Look at ${list(databases)} again: a service blames it`, brief: brief('A service blames this database although the first look showed nothing. Look again.', investigation, focus, blamed), focus: { services: [], databases, clusters: [] } });
  }
  const again = cutOffDatabases(reports, investigation).filter((name) => !databases.includes(name));
  if (again.length > 0) {
    assignments.push({ specialist: 'database', title: `Read ${list(again)} again: time ran out, and a service that needs it is unwell`, brief: brief('The first look at this database ran out of time, and a service that needs it is unwell. Read it again.', investigation, focus), focus: { services: [], databases: again, clusters: [] } });
  }
  return assignments;
}

/** Read only in part for want of time, and needed by a service that looks unwell. */
function cutOffDatabases(reports: readonly Report[], { rules, targets }: Investigation): string[] {
  const unwell = new Set(reports.flatMap((report) => report.findings).map((finding) => serviceOf(finding.resource)));
  const needed = new Set(targets.services.filter((service) => unwell.has(service.name)).flatMap((service) => service.databases));
  const cutOff = rules.readings.databases.filter((database) => database.sessions !== undefined && (database.unread.some((unread) => unread.code === 'ABORTED' || unread.code === 'TIMEOUT') || database.plans?.value.some((plan) => plan.unexplained === 'stopped') === true));
  return cutOff.map((database) => database.name).filter((name) => needed.has(name));
}

function unseenHost(finding: Finding, seen: readonly string[]): { host: string; port?: number; usedBy: string }[] {
  const match = /^host\/([^/:]+)(?::(\d+))?$/.exec(finding.blames ?? '');
  const host = match?.[1];
  if (host === undefined || seen.includes(host)) return [];
  return [{ host, usedBy: finding.resource.replace(/^[a-z]+\//, ''), ...(match?.[2] === undefined ? {} : { port: Number(match[2]) }) }];
}

function databaseBlamed(finding: Finding): string | undefined {
  return /^database\/(.+)$/.exec(finding.blames ?? '')?.[1];
}

export function brief(objective: string, { alerts, rules }: Investigation, focus: readonly string[], because: readonly Finding[] = []): Brief {
  const facts = [
    ...alerts.slice(-3).map((alert) => `Reported: ${alert.title}`),
    ...(focus.length === 0 ? [] : [`Asked about: ${list([...focus])}`]),
    ...(because.length > 0 ? because : rules.findings.filter((finding) => finding.severity !== 'info')).slice(0, 5).map((finding) => `${finding.id}: ${finding.title}`),
  ];
  return { objective, known_facts: facts, time_window: 'now, and what logs and revisions still show', expected_output: 'Findings with evidence, and what could not be seen.' };
}
