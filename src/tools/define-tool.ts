import { z } from 'zod';
import type { Tool } from './tool.ts';

/** Infers the input of `run` from the schema. */
export function defineTool<S extends z.ZodType>(tool: Tool<S>): Tool {
  return tool;
}

/** One of the configured names; there is at least one, or the tool does not exist. */
export function oneOf(names: readonly string[]): z.ZodEnum<Record<string, string>> {
  return z.enum(Object.fromEntries(names.map((name) => [name, name])));
}
