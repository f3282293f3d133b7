/** The tool port: a read-only look at one real system, with typed arguments. Every result becomes evidence. */
import type { z } from 'zod';
import type { Evidence, SpecialistName } from '../incident/types.ts';

export interface ToolContext {
  signal: AbortSignal;
}

export interface ToolResult {
  /** As an engineer would type it; holds no secret. */
  command: string;
  /** Raw output, not yet redacted or capped. */
  output: string;
  /** The system said no, or could not be reached; `output` says why and what to try instead. */
  failed?: boolean;
}

export interface Tool<S extends z.ZodType = z.ZodType> {
  /** snake_case, unique: kubectl_get, sql_select. */
  name: string;
  description: string;
  specialists: readonly SpecialistName[];
  input: S;
  run(input: z.infer<S>, context: ToolContext): Promise<ToolResult>;
}

/** Redacts, caps and stores a result as evidence. Made per incident; the only door from tool output to anybody. */
export type RecordEvidence = (specialist: SpecialistName, tool: string, result: ToolResult) => Promise<Evidence>;
