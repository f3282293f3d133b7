/** What get, describe and events have in common: one kind in one place, one object or those that a selector matches. */
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import type { ToolResult } from '../tool.ts';
import type { Answer } from './client.ts';
import { clusterScopedKind, isRefusedClusterKind } from './kinds.ts';
import { findPlace } from './place.ts';
import type { Place } from './place.ts';

export interface LookInput {
  cluster?: string | undefined;
  namespace?: string | undefined;
  kind: string;
  name?: string | undefined;
  selector?: string | undefined;
}

/** The place, or why it is refused. */
export function findLook(clusters: readonly ClusterTarget[], { kind, name, selector, ...at }: LookInput): Place | string {
  if (name !== undefined && selector !== undefined) return 'selector: give a name or a selector, not both';
  if (name !== undefined && kind === 'all') return 'kind: all is for lists; give the kind of the object';
  if (isRefusedClusterKind(kind)) return `kind: ${kind} belongs to the whole cluster and is not offered`;
  const scope = clusterScopedKind(kind);
  const place = findPlace(clusters, at, { clusterScoped: scope !== undefined });
  if (typeof place === 'string' || scope !== 'namespaces' || name === undefined || place.cluster.namespaces.includes(name)) return place;
  return `name: only the namespaces ${place.cluster.namespaces.join(', ')} are looked into; without a name all are listed`;
}

/** For a command that is shown: the context only where there are several clusters to confuse. */
export function shownPlace(clusters: readonly ClusterTarget[], { cluster, namespace }: Place): { context?: string; namespace?: string } {
  return {
    ...(clusters.length > 1 ? { context: cluster.context ?? cluster.name } : {}),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** `render` makes text of what was printed; what it can't read is a failure, not an exception. */
export function toResult(command: string, answer: Answer, render: (text: string) => string = (text) => text): ToolResult {
  if (answer.failed) return { command, output: answer.text, failed: true };
  try {
    const text = render(answer.text).trimEnd();
    return { command, output: [text, answer.notes].filter((part) => part !== '').join('\n') || '(it printed nothing)' };
  } catch (error) {
    if (answer.truncated) return { command, output: 'The answer was too large to be read whole. Narrow it with a name, a selector or a type.', failed: true };
    return { command, output: `The answer could not be read: ${oneLine(error)}`, failed: true };
  }
}

function oneLine(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}
