/** Starts kubectl or helm for one cluster and tells an answer from a failure. */
import type { ClusterTarget } from '../../config/targets.ts';
import { privateHome } from '../../process/environment.ts';
import { ProcessStartError } from '../../process/run.ts';
import type { RunOptions, RunResult } from '../../process/run.ts';
import { explainFailure, notesOf } from './explain.ts';
import type { Place } from './place.ts';
import type { Where } from './argv.ts';

export type Run = (options: RunOptions) => Promise<RunResult>;

export interface ClientParts {
  /** Absolute path. */
  binary: string;
  run: Run;
  environment(home: string, kubeconfig: string): Record<string, string>;
  /** Default 20 s; the client's own request timeout is shorter and says more. */
  timeoutMilliseconds?: number | undefined;
}

export interface Answer {
  failed: boolean;
  /** What it printed; when failed, why and what to try instead. */
  text: string;
  /** What it said beside that: warnings, choices it made. */
  notes: string;
  /** The middle is missing. */
  truncated: boolean;
  /** With `keepLine`: lines that were looked at. */
  linesSeen?: number;
}

export interface AskOptions {
  maxBytes: number;
  /** Only these lines are kept, before anything is cut. */
  keepLine?: (line: string) => boolean;
  signal: AbortSignal;
  listInstead?: string | undefined;
}

export type Client = (place: Place, argv: (where: Where) => string[], options: AskOptions) => Promise<Answer>;

/** Rejects only when `signal` was aborted. */
export function createClient({ binary, run, environment, timeoutMilliseconds = 20_000 }: ClientParts): Client {
  return async ({ cluster, namespace }, argv, { maxBytes, keepLine, signal, listInstead }) => {
    const failure = (text: string): Answer => ({ failed: true, text, notes: '', truncated: false });
    const kubeconfig = revealKubeconfig(cluster);
    if (typeof kubeconfig !== 'string') return failure(kubeconfig.problem);
    const ended = await start({
      file: binary,
      argv: argv({ kubeconfig, context: cluster.context, namespace }),
      environment: environment(privateHome(), kubeconfig),
      timeoutMilliseconds, maxBytes, signal,
      ...(keepLine && { keepLine }),
    });
    signal.throwIfAborted();
    if (typeof ended === 'string') return failure(ended);
    if (ended.exitCode === 0) return { failed: false, text: ended.stdout, notes: notesOf(ended.stderr), truncated: ended.truncated, ...(ended.linesSeen !== undefined && { linesSeen: ended.linesSeen }) };
    const failed = failure(explainFailure({ stderr: ended.stderr || ended.stdout, timedOut: ended.timedOut, timeoutMilliseconds, cluster: cluster.name, kubeconfig, listInstead }));
    // What came before it broke off is worth reading too: half a log is a log.
    return ended.stdout.trim() === '' || ended.stderr === '' ? failed : { ...failed, text: `${ended.stdout.trimEnd()}\n${failed.text}` };
  };

  async function start(options: RunOptions): Promise<RunResult | string> {
    try {
      return await run(options);
    } catch (error) {
      if (error instanceof ProcessStartError) return error.message;
      throw error;
    }
  }
}

function revealKubeconfig(cluster: ClusterTarget): string | { problem: string } {
  try {
    return cluster.kubeconfig.reveal();
  } catch (error) {
    // Configuration's own error: it names variable and target, never a value.
    return { problem: error instanceof Error ? error.message : `The kubeconfig of cluster ${cluster.name} is not configured.` };
  }
}
