/** The two requests of objects as wholes: create by stdin, delete with preconditions by stdin. */
import type { JsonObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import type { ResourceType } from './types.ts';

export interface Preconditions {
  uid: string;
  resourceVersion: string;
}

/** Fails when there is one of that name: that is its precondition. */
export const createArgv: readonly string[] = ['create', '-f', '-'];

/** One field a line, so that a person can read it. JSON text has no line that could end the document early. */
export const createInput = (manifest: JsonObject): string => JSON.stringify(manifest, undefined, 2);

export const shownCreate = (kubectl: Kubectl, manifest: JsonObject): string => shownWithInput(kubectl, createArgv, createInput(manifest));

export interface Deletion {
  type: ResourceType;
  namespace: string;
  name: string;
}

/** By its path: plain `kubectl delete` knows no precondition. */
export function deleteArgv({ type, namespace, name }: Deletion, dryRun = false): string[] {
  const root = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  return ['delete', '--raw', `${root}/namespaces/${namespace}/${type.plural}/${name}${dryRun ? '?dryRun=All' : ''}`, '-f', '-'];
}

/** What names it as its owner is let go, not deleted with it: nobody can list all kinds that might. A Service's endpoints alone are of no use without it. */
export function deleteInput({ type }: Deletion, preconditions: Preconditions, orphan = type.word !== 'service'): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...(orphan && { propagationPolicy: 'Orphan' }) });
}

export const shownDelete = (kubectl: Kubectl, deletion: Deletion, preconditions: Preconditions, orphan?: boolean): string => shownWithInput(kubectl, deleteArgv(deletion), deleteInput(deletion, preconditions, orphan));

function shownWithInput(kubectl: Kubectl, argv: readonly string[], input: string): string {
  return `${kubectl.shown(argv)} <<'EOF'\n${input}\nEOF`;
}

/** Stands in a command for what is read right before it runs. */
export const readThen = '<as read then>';
