/** What every workload controller is made of: an identity, a work queue, watches that fill it. */
import { StatusError } from '../../../api/status.ts';
import type { ClusterClient } from '../../../client.ts';
import { createController, type Controller } from '../../controller.ts';
import type { Loop, WorkloadSettings } from './kinds.ts';

export interface LoopParts {
  /** Source of its events. */
  name: string;
  /** Its service account in kube-system, where that isn't called like it. */
  serviceAccount?: string;
  reconcile(client: ClusterClient, queue: Controller, key: string): void;
  /** Returns what ends the watches. */
  watch(client: ClusterClient, queue: Controller): (() => void)[];
}

export function startLoop(cluster: ClusterClient, { log }: WorkloadSettings, { name, serviceAccount = name, reconcile, watch }: LoopParts): Loop {
  const client = cluster.as({ name, manager: 'kube-controller-manager', user: `system:serviceaccount:kube-system:${serviceAccount}` });
  const queue: Controller = createController({
    name,
    reconcile: (key) => {
      try {
        reconcile(client, queue, key);
      } catch (error) {
        if (!isNamespaceEnding(error)) throw error;
      }
    },
    failed: (key, error) => {
      if (!isOrdinary(error)) log(`${name} ${key}: ${error instanceof Error ? error.message : String(error)}`);
    },
  });
  const watches = watch(client, queue);
  return {
    stop: () => {
      for (const end of watches) end();
      queue.stop();
    },
  };
}

/** Conflicts, objects that are gone, and refusals, of which events tell. */
const isOrdinary = (error: unknown): boolean => error instanceof StatusError && [403, 404, 409].includes(error.status.code);

/** Nothing can be created there any more: no failure, and no use in trying again. */
export const isNamespaceEnding = (error: unknown): boolean =>
  error instanceof StatusError && error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;

export const isAlreadyExists = (error: unknown): boolean => error instanceof StatusError && error.status.reason === 'AlreadyExists';
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
