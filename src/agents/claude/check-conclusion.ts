/** What code demands of a conclusion before anybody sees it. */
import { canonicalJson } from '../../changes/canonical-json.ts';
import type { ClusterAction, ProposableAction } from '../../changes/action.ts';
import { isClusterAction, nameInCluster } from '../../changes/action.ts';
import type { Targets } from '../../config/targets.ts';
import type { Finding } from '../../incident/types.ts';
import type { Readings } from '../../rules/readings.ts';
import { databaseOf, serviceOf } from '../../rules/resources.ts';
import type { Investigation } from '../agents.ts';
import type { Conclude } from './orchestrator-tools.ts';

/** Throws an Error whose message tells the model what to mend. */
export function checkConclusion(concluded: Conclude, known: ReadonlyMap<string, Finding>, { targets, rules }: Pick<Investigation, 'targets' | 'rules'>): void {
  const problems: string[] = [];
  const cited = [...(concluded.root_cause?.findings ?? []), ...concluded.changes.flatMap((change) => change.findings)];
  for (const id of new Set(cited)) if (!known.has(id)) problems.push(`there is no finding ${id}`);

  if (concluded.root_cause && !concluded.root_cause.findings.some((id) => known.get(id)?.supported)) {
    problems.push('root_cause cites no supported finding: cite one whose quotes are in its evidence, or have it looked at again');
  }
  for (const change of concluded.changes) {
    const supporting = change.findings.flatMap((id) => known.get(id) ?? []).filter(({ supported }) => supported);
    if (supporting.length === 0) problems.push(`the change "${change.title}" rests on no supported finding, so it can't be proposed`);
    else if (!supporting.some((finding) => concerns(finding, change.action, targets))) {
      problems.push(`the change "${change.title}" would change ${targetsOf(change.action, targets).join(', ')}, and no supported finding that it cites is about that: cite one, or have it looked at`);
    }
    const value = strangeValue(change.action, targets, rules.readings);
    if (value !== undefined) problems.push(`the change "${change.title}" ${value}`);
  }
  if (problems.length > 0) throw new Error(`Not concluded: ${problems.join('; ')}.`);
}

/** A rule's own remedy, or about what the action touches: text read in one system must not move another. */
function concerns(finding: Finding, action: ProposableAction, targets: Targets): boolean {
  if (finding.source !== 'model' && finding.remedy !== undefined && canonicalJson(finding.remedy) === canonicalJson(action)) return true;
  if (isClusterAction(action)) return isAbout(finding.resource, action);
  if (action.kind === 'iptables.rule') return `${finding.resource}/`.startsWith(`host/${action.target}/`);
  if (action.kind !== 'http.operation') return databaseOf(finding.resource) === action.target;
  const named = targetsOf(action, targets);
  return named.length === 0 || named.includes(serviceOf(finding.resource) ?? databaseOf(finding.resource) ?? '');
}

function targetsOf(action: ProposableAction, targets: Targets): string[] {
  if (isClusterAction(action)) return [nameInCluster(action)];
  if (action.kind === 'iptables.rule') return [`host ${action.target}`];
  if (action.kind !== 'http.operation') return [`database ${action.target}`];
  return Object.values(action.parameters).filter((value) => isTarget(value, targets));
}

/** `deployment/shop/checkout` is about checkout, and so are its pods and replica sets by the names they are given; what a release made begins with its name. */
function isAbout(resource: string, action: ClusterAction): boolean {
  const parts = resource.split('/');
  if (parts.length === 3 && 'namespace' in action && parts[1] !== action.namespace) return false;
  const [found, changed] = [parts.at(-1) ?? '', nameInCluster(action)];
  const belongs = (part: string, whole: string): boolean => part === whole || part.startsWith(`${whole}-`);
  const made = action.kind.startsWith('helm.') ? belongs(found, changed) : found === changed || (found.startsWith(`${changed}-`) && generated.test(found.slice(changed.length)));
  const partOf = action.kind === 'kubectl.configmap_key' || action.kind === 'kubectl.secret_key' || action.kind === 'kubectl.delete_pod' || action.kind === 'kubectl.evict' || (action.kind === 'kubectl.metadata' && action.resource === 'pod');
  return made || (partOf && found !== '' && belongs(changed, found));
}

/** What the cluster appends to the names of pods and replica sets: an ordinal, or letters and digits without vowels. */
const generated = /^(?:-\d{1,10}|(?:-[bcdfghjklmnpqrstvwxz2456789]{5,10}){1,2})$/;

function isTarget(name: string, { services, databases }: Targets): boolean {
  return services.some((service) => service.name === name) || databases.some((database) => database.name === name);
}

/** A variable is set to what it was before: any other value could be somebody's who writes logs. */
function strangeValue(action: ProposableAction, { operations }: Targets, { services }: Readings): string | undefined {
  if (action.kind !== 'http.operation') return undefined;
  const operation = operations.find(({ name }) => name === action.operation);
  const { service = '', variable = '', value } = action.parameters;
  if (operation?.effect !== 'set-environment' || operation.parameters['value']?.enum !== undefined) return undefined;
  const revisions = services.find(({ name }) => name === service)?.workload?.value.revisions ?? [];
  const known = revisions.some(({ environment }) => Object.hasOwn(environment, variable) && environment[variable] === value);
  return known ? undefined : `sets ${variable} to a value that no earlier revision of ${service} had: take one from its configuration history, or propose nothing`;
}
