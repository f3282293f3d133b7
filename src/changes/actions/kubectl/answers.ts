/** What a program's end says about the world: whether a write can have happened. */
import type { RunResult } from '../../../process/run.ts';
import { notesOf } from '../../../tools/kubectl/explain.ts';
import { plain } from '../words.ts';

/** `none` only when the API server said no, or was never reached. */
export function effectOf({ stderr, timedOut, aborted, exitCode }: Pick<RunResult, 'stderr' | 'timedOut' | 'aborted' | 'exitCode'>): 'none' | 'unknown' {
  if (timedOut || aborted || exitCode === null) return 'unknown';
  const reason = /^Error from server \((\w+)\)/m.exec(stderr)?.[1];
  if (reason !== undefined) return undecided.has(reason) ? 'unknown' : 'none';
  return refusals.some((pattern) => pattern.test(stderr)) ? 'none' : 'unknown';
}

/** The server answered, but may have stored it: a hook or etcd behind it did not answer in time. */
const undecided = new Set(['InternalError', 'Timeout', 'ServerTimeout', 'ServiceUnavailable', 'Unknown']);

const refusals = [
  /^The \S+ "[^"]*" is invalid/m, // what kubectl makes of 422 with causes
  /^The request is invalid/m, // and without: a test that failed, a value that can't be read
  /\bfield is immutable\b/,
  /connection refused|no such host|no route to host|network is unreachable/i,
  /x509:|certificate signed by|tls: failed to verify/i,
  /^error: (?:You must be logged in|unknown flag|unknown command|invalid argument|the server doesn't have a resource type|context .* does not exist)/m,
  /^error: stat |no such file or directory/m,
];

/** A `test` of the patch did not hold: somebody changed the object. */
export function isTestFailure(stderr: string): boolean {
  return /^The request is invalid: the server rejected our request due to an error in our request|testing (?:value )?path|test(?:ing)? .*failed/im.test(stderr);
}

/** Its own words for people, without noise and paths; and what a missing right is. */
export function explain(program: string, ended: RunResult, { cluster, kubeconfig, timeoutMilliseconds }: { cluster: string; kubeconfig: string; timeoutMilliseconds: number }): string {
  if (ended.aborted) return `${program} was stopped.`;
  if (ended.timedOut) return `Cluster ${cluster} did not answer ${program} within ${timeoutMilliseconds / 1000} s.`;
  if (ended.truncated) return `What ${program} printed is too large to be read whole.`;
  // What it printed can be a Secret; and an error about a value repeats the whole object, secrets included.
  const words = plain(notesOf(ended.stderr).replaceAll(kubeconfig, `<kubeconfig of ${cluster}>`).replaceAll(/Invalid value: "\{(?:[^"\\]|\\.)*"/g, 'Invalid value'), 600);
  if (/\bforbidden\b/i.test(words)) return `${words}. The executor's identity in cluster ${cluster} lacks this right: give it to the role of its kubeconfig, or do this by hand.`;
  if (/You must be logged in|Unauthorized/i.test(words)) return `Cluster ${cluster} did not accept the executor's kubeconfig: ${words}`;
  return words === '' ? `${program} ended with ${ended.exitCode ?? ended.signal} and said nothing.` : words;
}
