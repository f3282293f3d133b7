/**
 * Restarts what the alert names, then everything else one by one, until the services answer well: no diagnosis, no look at
 * anything but the services' own checks. It solves a share of faults anywhere, so it must be shown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask } from '../../../playground/scenarios/scenario.ts';
import { kubectlEnvironment } from '../../../src/process/environment.ts';
import { findBinary } from '../../../src/process/find-binary.ts';
import { runProcess } from '../../../src/process/run.ts';
import type { RunResult } from '../../../src/process/run.ts';
import type { Attempt, AttemptedChange, Contestant, Site } from './contestant.ts';
import { createWellness, servicesOf } from './wellness.ts';

/** Its own deadline; the last restart may end after it. */
const patienceSeconds = 90;
const rolloutSeconds = 20;

/** `recoverySeconds`: so long the services have to get well after a restart, before the next one. */
export function createRestart({ recoverySeconds = 4 }: { recoverySeconds?: number } = {}): Contestant {
  return {
    name: 'restart',
    describes: 'a blind loop: restarts what the alert names, then every Deployment and StatefulSet, until the services answer well',
    engine: 'script',
    enter: async (site) => {
      const left = new AbortController();
      const kubectl = kubectlOf(site, AbortSignal.any([left.signal, site.signal]));
      return {
        investigate: (ask) => restartUntilWell(site, ask, kubectl, recoverySeconds),
        leave: async () => left.abort(),
      };
    },
  };
}

type Kubectl = (...words: string[]) => Promise<RunResult>;

function kubectlOf({ view, directory }: Site, signal: AbortSignal): Kubectl {
  const { KUBECTL: configured, KUBECONFIG_WRITE: kubeconfig = '' } = view.environment;
  const file = findBinary('kubectl', { configured });
  return (...argv) => runProcess({ file, argv, environment: kubectlEnvironment(directory, kubeconfig), timeoutMilliseconds: (rolloutSeconds + 10) * 1000, maxBytes: 64_000, signal });
}

async function restartUntilWell(site: Site, ask: Ask, kubectl: Kubectl, recoverySeconds: number): Promise<Attempt> {
  const begun = Date.now();
  const isWell = createWellness(site.view, site.signal);
  const inNamespace = ['-n', site.namespace];
  const changes: AttemptedChange[] = [];
  let steps = 1;
  let well = false;
  const workloads = await workloadsOf(kubectl, inNamespace);
  for (const workload of namedFirst(workloads, ask, site)) {
    site.signal.throwIfAborted();
    if (well || Date.now() - begun > patienceSeconds * 1000) break;
    const restarted = await kubectl('rollout', 'restart', workload, ...inNamespace);
    const over = restarted.exitCode === 0 ? await kubectl('rollout', 'status', workload, ...inNamespace, `--timeout=${rolloutSeconds}s`) : restarted;
    steps += 2;
    changes.push({
      id: `R${changes.length + 1}`, kind: 'restart', title: `Restart ${workload}`, command: `kubectl rollout restart ${workload} -n ${site.namespace}`,
      proposed: false, approved: true, automatic: true, executed: restarted.exitCode === 0, outcome: over.exitCode === 0 ? 'done' : 'failed',
      ...(over.exitCode !== 0 && { reason: (over.stderr || over.stdout).trim().slice(0, 300) }),
    });
    well = await becomesWell(isWell, recoverySeconds, site.signal);
    site.log(`restart: ${workload}: ${well ? 'the services answer well' : 'the services are still unwell'}`);
  }
  return {
    changes, times: well ? { repaired: Date.now() - begun } : {}, models: {}, steps, evidence: { quotes: 0, unsupported: 0 },
    said: [], played: 'none', notes: [`${workloads.length} workloads, ${changes.length} restarted; the services answered ${well ? 'well' : 'badly'} at the end`],
  };
}

/** `deployment.apps/checkout`. */
async function workloadsOf(kubectl: Kubectl, inNamespace: readonly string[]): Promise<string[]> {
  const listed = await kubectl('get', 'deployments,statefulsets', ...inNamespace, '-o', 'name');
  if (listed.exitCode !== 0) throw new Error(`kubectl can not list workloads: ${listed.stderr.trim().slice(0, 300)}`);
  return listed.stdout.split('\n').filter((line) => line !== '');
}

/** By whole words: `cart` is not named by `cartoon`. */
function namedFirst(workloads: readonly string[], ask: Ask, { view }: Site): string[] {
  const words = new Set(Object.values(ask.by === 'alertmanager' ? { ...ask.labels, summary: ask.summary, description: ask.description } : ask).join(' ').toLowerCase().split(/[^a-z0-9-]+/));
  const services = new Set(servicesOf(view).map(({ name }) => name));
  const rank = (workload: string): number => {
    const name = workload.slice(workload.indexOf('/') + 1);
    return words.has(name) ? 0 : services.has(name) ? 1 : 2;
  };
  return workloads.toSorted((one, other) => rank(one) - rank(other));
}

/** Twice in a row: one good answer may be luck. */
async function becomesWell(isWell: () => Promise<boolean>, seconds: number, signal: AbortSignal): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  for (let inARow = 0; ; await sleep(1000, undefined, { signal })) {
    inARow = (await isWell()) ? inARow + 1 : 0;
    if (inARow === 2) return true;
    if (inARow === 0 && Date.now() >= end) return false;
  }
}
