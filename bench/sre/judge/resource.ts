/**
 * Whether a claim names the object that is meant. People and programs write the same one in several ways: `deployment/cart`,
 * `workload/cart`, `deployment/<namespace>/cart`, `pod/<namespace>/cart-5d4f-x2x7p`, `table/<database>/public.orders`. What one
 * side leaves out (a namespace, a schema, a database) is not held against it; what both say must agree.
 */
interface Named {
  kind: string;
  /** Namespaces, clusters, databases in front of the name. */
  within: string[];
  name: string;
}

const workloads = new Set(['deployment', 'statefulset', 'daemonset', 'cronjob', 'job']);
const inDatabase = new Set(['table', 'index', 'sequence', 'view', 'function', 'constraint', 'trigger']);

const shorter: Record<string, string> = {
  deploy: 'deployment', sts: 'statefulset', ds: 'daemonset', cj: 'cronjob', svc: 'service', cm: 'configmap', po: 'pod', ns: 'namespace', no: 'node', ing: 'ingress',
  netpol: 'networkpolicy', pvc: 'persistentvolumeclaim', pv: 'persistentvolume', pdb: 'poddisruptionbudget', hpa: 'horizontalpodautoscaler', quota: 'resourcequota', sa: 'serviceaccount',
  'kube-service': 'service', helmrelease: 'release', user: 'role', connection: 'session', backend: 'session', transaction: 'session', relation: 'table',
};

/** `names`: any of them is right. `title`: the claim's, for a session that is known by what it calls itself. */
export function namesOneOf(claim: string, names: readonly string[], title = ''): boolean {
  const claimed = parse(claim);
  return claimed !== undefined && names.some((name) => {
    const meant = parse(name);
    return meant !== undefined && same(claimed, meant, title);
  });
}

/** One object only: two in one claim name none. */
function parse(text: string): Named | undefined {
  const [kind, ...rest] = text.trim().split(/\s*\/\s*|^(\S+)\s+(?=\S+$)/).filter((part) => part !== undefined && part !== '');
  const name = rest.pop();
  if (kind === undefined || name === undefined || /[\s,;|]/.test(text.trim().replace(/^(\S+)\s+(?=\S+$)/, '$1/'))) return undefined;
  return { kind: kindOf(kind), within: rest.map((part) => part.toLowerCase()), name: name.toLowerCase() };
}

/** `FlashSales.shop.example` is a flashsale. */
function kindOf(word: string): string {
  const first = word.toLowerCase().split('.')[0] ?? '';
  const singular = first.endsWith('sses') ? first.slice(0, -2) : first.endsWith('ies') ? `${first.slice(0, -3)}y` : /[^s]s$/.test(first) && !['ingress'].includes(first) ? first.slice(0, -1) : first;
  return shorter[first] ?? shorter[singular] ?? singular;
}

function same(claimed: Named, meant: Named, title: string): boolean {
  if (claimed.kind === 'session' && meant.kind === 'session') return sameSession(claimed, meant, title);
  if (claimed.kind === 'node' && meant.kind === 'node') return claimed.name === meant.name;
  const agree = claimed.within.length === 0 || meant.within.length === 0 || claimed.within.join('/') === meant.within.join('/');
  if (!agree) return false;
  if (inDatabase.has(meant.kind)) return claimed.kind === meant.kind && sameInSchema(claimed.name, meant.name);
  if (!workloads.has(meant.kind)) return claimed.kind === meant.kind && claimed.name === meant.name;
  if (claimed.kind === meant.kind || claimed.kind === 'workload') return claimed.name === meant.name;
  return claimed.kind === 'pod' || claimed.kind === 'replicaset' ? workloadOf(claimed, meant) : false;
}

/** The controller's own suffixes, no others: `cart-config-x` is not of `cart`. */
function workloadOf({ kind, name }: Named, meant: Named): boolean {
  const suffix = name.startsWith(`${meant.name}-`) ? name.slice(meant.name.length + 1) : undefined;
  if (suffix === undefined) return false;
  if (meant.kind === 'deployment') return (kind === 'replicaset' ? /^[a-z0-9]{4,10}$/ : /^[a-z0-9]{4,10}-[a-z0-9]{5}$/).test(suffix);
  if (kind === 'replicaset') return false;
  if (meant.kind === 'statefulset') return /^\d+$/.test(suffix);
  return (meant.kind === 'cronjob' ? /^\d+-[a-z0-9]{5}$/ : /^[a-z0-9]{5}$/).test(suffix);
}

function sameInSchema(one: string, other: string): boolean {
  const [schemaOne, nameOne] = schemaOf(one);
  const [schemaOther, nameOther] = schemaOf(other);
  return nameOne === nameOther && (schemaOne === undefined || schemaOther === undefined || schemaOne === schemaOther);
}

function schemaOf(name: string): [string | undefined, string] {
  const at = name.indexOf('.');
  return at < 0 ? [undefined, name] : [name.slice(0, at), name.slice(at + 1)];
}

/** A process id is nobody's to know: a session is right in the right database, or by the name it gives itself. */
function sameSession(claimed: Named, meant: Named, title: string): boolean {
  return [...claimed.within, claimed.name].includes(meant.name) || title.toLowerCase().includes(meant.name);
}

/** Where a resource's name stands in a text as a word of its own, all places; a workload's pods count. */
export function placesOf(resource: string, text: string): number[] {
  const name = (resource.split('/').at(-1) ?? '').toLowerCase().replace(/^public\./, '');
  if (name === '') return [];
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pods = workloads.has(kindOf(resource.split('/')[0] ?? '')) ? String.raw`(-[a-z0-9]{4,10}-[a-z0-9]{5}|-\d+)?` : '';
  return [...text.toLowerCase().matchAll(new RegExp(String.raw`(?<![a-z0-9_-])${escaped}${pods}(?![a-z0-9_-])`, 'g'))].map((match) => match.index);
}
