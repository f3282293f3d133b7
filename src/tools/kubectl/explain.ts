/** kubectl's and helm's own words, without their noise, and one line on what to do instead. */

export interface Failure {
  stderr: string;
  timedOut: boolean;
  timeoutMilliseconds: number;
  cluster: string;
  /** Path of the kubeconfig, which is not shown. */
  kubeconfig: string;
  /** How to list what was asked for, when that makes sense. */
  listInstead?: string | undefined;
}

export function explainFailure({ stderr, timedOut, timeoutMilliseconds, cluster, kubeconfig, listInstead }: Failure): string {
  const words = plainWords(stderr).replaceAll(kubeconfig, `<kubeconfig of ${cluster}>`);
  if (timedOut) return joinLines(words, `Cluster ${cluster} did not answer within ${timeoutMilliseconds / 1000} s. Ask for less, or report that it could not be seen.`);
  const advice = causes.find(({ pattern }) => pattern.test(words));
  return joinLines(words === '' ? 'It ended with an error and said nothing.' : words, advice?.say({ words, cluster, listInstead }));
}

/** Words of kubectl that were taken out of a longer answer, with the advice that belongs to them. */
export function explainWords(words: string): string {
  return joinLines(words, causes.find(({ pattern }) => pattern.test(words))?.say({ words, cluster: '', listInstead: undefined }));
}

/** Warnings and notes of a run that went well: deprecations, the container that was chosen. */
export function notesOf(stderr: string): string {
  return plainWords(stderr);
}

/** The client logs each failed attempt (`E1122 11:56:04.1 12 memcache.go:265] ...`) before it says the same in words. */
function plainWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '');
  const words = lines.filter((line) => !/^[EWIF]\d{4} \d\d:\d\d:\d\d/.test(line));
  return [...new Set(words.length > 0 ? words : lines)].join('\n');
}

interface Cause {
  pattern: RegExp;
  say(seen: { words: string; cluster: string; listInstead?: string | undefined }): string;
}

const causes: readonly Cause[] = [
  { pattern: /context .* does not exist|context was not found|kubeconfig of|no configuration has been provided|loading config|no such file/i, say: ({ cluster }) => `The kubeconfig or the context of cluster ${cluster} is wrong. Report it as a gap; a person must correct the configuration.` },
  { pattern: /Metrics API not available|metrics not available/i, say: () => 'This cluster measures no usage (no metrics-server), or not yet for these pods. That says nothing about load: limits, restarts with OOMKilled and a configured Prometheus are what is left.' },
  { pattern: /secrets(?: "[^"]*")? is forbidden/i, say: () => 'Helm keeps releases in Secrets, and the read-only identity may not read those. No look at releases will work here. kubectl_get with the selector app.kubernetes.io/managed-by=Helm and labels shows what Helm made (label helm.sh/chart: the chart and its version), kubectl_changes and kubectl_rollout_history what it changed; report history and status of the release as a gap.' },
  { pattern: /\bforbidden\b/i, say: ({ words }) => missingRight(words) },
  { pattern: /You must be logged in|Unauthorized/i, say: ({ cluster }) => `Cluster ${cluster} did not accept our credentials: the kubeconfig's token or certificate is invalid or expired. Report it as a gap; a person must renew it.` },
  { pattern: /doesn't have a resource type|no matches for kind|could not find the requested resource/i, say: () => 'Name the kind as `kubectl api-resources` does, with its group where two share a name: deployments.apps, certificates.cert-manager.io; kind customresourcedefinitions lists what is installed.' },
  { pattern: /is not valid for pod|container name must be specified|a container name/i, say: () => 'kubectl_get with the kind pods and the name of the pod shows its containers and init containers.' },
  { pattern: /previous terminated container/i, say: () => 'This container has not been restarted: read its log without previous.' },
  { pattern: /waiting to start/i, say: () => 'It has never run, so there is no log: the pod itself (kubectl_get of pods) and its events say why.' },
  { pattern: /release: not found/i, say: () => 'The view releases of helm_look shows those of the namespace.' },
  { pattern: /NotFound|not found/, say: ({ listInstead }) => (listInstead === undefined ? 'List the kind to see what there is.' : `See what there is: ${listInstead}`) },
  { pattern: /refused|timed? ?out|deadline exceeded|no such host|no route|unreachable|connection reset|unable to connect|handshake|\bEOF\b|Client\.Timeout|ServiceUnavailable/i, say: ({ cluster }) => `The API of cluster ${cluster} can't be reached from here. That says nothing about its workloads: report it as a gap.` },
  { pattern: /certificate|x509/i, say: ({ cluster }) => `The certificate of cluster ${cluster} was not accepted. Report it as a gap; a person must correct the kubeconfig.` },
];

function missingRight(words: string): string {
  const [, verb, resource, rest = ''] = /cannot (\w+) resource "([^"]+)"(.*)/.exec(words) ?? [];
  if (verb === undefined || resource === undefined) return 'The read-only identity lacks a right for this. Report it as a gap.';
  const namespace = /in the namespace "([^"]+)"/.exec(rest)?.[1];
  const group = /in API group "([^"]*)"/.exec(rest)?.[1];
  const where = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`;
  return `The read-only identity lacks the right to ${verb} ${resource}${group === undefined || group === '' ? '' : `.${group}`} ${where}. Report it as a gap, and say that this right is missing.`;
}

function joinLines(...lines: (string | undefined)[]): string {
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}
