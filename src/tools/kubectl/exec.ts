/** Runs one program of the menu in a container, and tells what the program said from what kubectl said. */
import type { ClusterTarget } from '../../config/targets.ts';
import { kubectlEnvironment, privateHome } from '../../process/environment.ts';
import { ProcessStartError } from '../../process/run.ts';
import type { RunResult } from '../../process/run.ts';
import { flagsOf } from './argv.ts';
import type { Run } from './client.ts';
import { explainFailure } from './explain.ts';

export interface ExecPlace {
  cluster: ClusterTarget;
  namespace: string;
  pod: string;
  container: string;
}

export type Ended =
  | { kind: 'ran'; exitCode: number; stdout: string; stderr: string }
  /** It is not in the image, or is another one than is needed. */
  | { kind: 'missing' }
  /** kubectl could not run anything: in words, with what to do. */
  | { kind: 'failed'; why: string };

export type Exec = (place: ExecPlace, argv: readonly string[], signal: AbortSignal) => Promise<Ended>;

const maxBytes = 64 * 1024;

/** Rejects only when `signal` was aborted. */
export function createExec({ binary, run, timeoutMilliseconds = 25_000 }: { binary: string; run: Run; timeoutMilliseconds?: number | undefined }): Exec {
  return async ({ cluster, namespace, pod, container }, argv, signal) => {
    const kubeconfig = revealed(cluster);
    if (typeof kubeconfig !== 'string') return { kind: 'failed', why: kubeconfig.problem };
    const ended = await start({
      file: binary,
      argv: ['exec', `pod/${pod}`, ...flagsOf({ kubeconfig, context: cluster.context, namespace }).filter((flag) => !flag.startsWith('--request-timeout')), `--container=${container}`, '--stdin=false', '--tty=false', '--pod-running-timeout=5s', '--', ...argv],
      environment: kubectlEnvironment(privateHome(), kubeconfig),
      timeoutMilliseconds, maxBytes, signal,
    });
    signal.throwIfAborted();
    if (typeof ended === 'string') return { kind: 'failed', why: ended };
    return ended.timedOut ? { kind: 'failed', why: `Nothing came back within ${timeoutMilliseconds / 1000} s: the container hangs, its node does not answer, or what was probed drops everything.` } : sorted(ended, cluster, kubeconfig, timeoutMilliseconds);
  };

  async function start(options: Parameters<Run>[0]): Promise<RunResult | string> {
    try {
      return await run(options);
    } catch (error) {
      if (error instanceof ProcessStartError) return error.message;
      throw error;
    }
  }
}

function sorted({ exitCode, stdout, stderr }: RunResult, cluster: ClusterTarget, kubeconfig: string, timeoutMilliseconds: number): Ended {
  if (exitCode === 0) return { kind: 'ran', exitCode, stdout, stderr };
  // Said by runc, crun and the kubelet, each in its way; with or without the line of kubectl's own below.
  if (/executable file .{0,80}not found|stat \/?[\w./-]+: no such file or directory|exec .{0,80}: no such file/i.test(stderr)) return { kind: 'missing' };
  const [, code] = /^command terminated with (?:non-zero exit code: )?(?:exit code|exit status) (\d+)\s*$/m.exec(stderr) ?? /command terminated with exit code (\d+)/.exec(stderr) ?? [];
  if (code === undefined) return { kind: 'failed', why: explainFailure({ stderr, timedOut: false, timeoutMilliseconds, cluster: cluster.name, kubeconfig }).replace('The read-only identity', 'The identity of probes') };
  const said = stderr.replace(/^command terminated with .*$/m, '').trim();
  if (stdout.trim() === '' && (code === '127' || /unrecognized option|invalid option|unknown option|illegal option|bad option|applet not found/i.test(said))) return { kind: 'missing' };
  return { kind: 'ran', exitCode: Number(code), stdout, stderr: said };
}

function revealed(cluster: ClusterTarget): string | { problem: string } {
  if (cluster.probes === undefined) return { problem: `Cluster ${cluster.name} has no identity for probes: targets.clusters.probes in sre-agent.yaml.` };
  try {
    return cluster.probes.reveal();
  } catch (error) {
    return { problem: error instanceof Error ? error.message : `The kubeconfig of probes of cluster ${cluster.name} is not set.` };
  }
}
