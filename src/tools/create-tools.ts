/** The model-facing tools, for those targets that exist. */
import type { Targets } from '../config/targets.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Tool } from './tool.ts';

export interface ToolParts {
  targets: Targets;
  log: Pick<Logger, 'debug'>;
  /** Absolute paths; found on PATH when absent. */
  binaries?: { kubectl?: string | undefined; helm?: string | undefined };
}

/** Sorted by name, so that a prompt that lists them stays the same and cacheable. */
export function createTools(_parts: ToolParts): Tool[] {
  const tools: Tool[] = [];
  return tools.sort((a, b) => (a.name < b.name ? -1 : 1));
}
