/** What helm is started with. Pure; every value but the release sits in one argument with its flag, and a release begins with a letter or a digit. Flags that Helm 3 and 4 share. */
import type { Where } from '../kubectl/argv.ts';

/** Helm 3 hides what is stuck (pending, uninstalling) unless asked, and Helm 4 has no --all: the states are named one by one. */
export function listArgv(where: Where): string[] {
  return ['list', ...placeFlags(where), '--deployed', '--failed', '--pending', '--uninstalling', '--max=200', '--output=json'];
}

export function statusArgv(where: Where, release: string): string[] {
  return ['status', release, ...placeFlags(where), '--output=json'];
}

export function historyArgv(where: Where, release: string): string[] {
  return ['history', release, ...placeFlags(where), '--max=20', '--output=json'];
}

export function valuesArgv(where: Where, { release, revision, all }: { release: string; revision: number | undefined; all: boolean }): string[] {
  return ['get', 'values', release, ...placeFlags(where), ...(revision === undefined ? [] : [`--revision=${revision}`]), ...(all ? ['--all'] : []), '--output=json'];
}

function placeFlags({ kubeconfig, context, namespace }: Where): string[] {
  return [`--kubeconfig=${kubeconfig}`, ...(context === undefined ? [] : [`--kube-context=${context}`]), ...(namespace === undefined ? [] : [`--namespace=${namespace}`])];
}
