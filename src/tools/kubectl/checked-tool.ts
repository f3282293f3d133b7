import type { z } from 'zod';
import type { SpecialistName } from '../../incident/types.ts';
import { defineTool } from '../define-tool.ts';
import type { Tool, ToolContext, ToolResult } from '../tool.ts';

export interface CheckedTool<S extends z.ZodType, P> {
  name: string;
  description: string;
  specialists: readonly SpecialistName[];
  input: S;
  /** What the fields can't say by themselves: a plan to run, or what is wrong, in words. */
  plan(input: z.infer<S>): P | string;
  run(plan: P, context: ToolContext): Promise<ToolResult>;
}

/** A tool that checks its input itself, whoever calls it: refused input is a failed result, and nothing was started. */
export function checkedTool<S extends z.ZodType, P extends object>({ name, description, specialists, input, plan, run }: CheckedTool<S, P>): Tool {
  const refused = (why: string): ToolResult => ({ command: `${name} (not run)`, output: `Refused, nothing was run.\n${why}`, failed: true });
  return defineTool({
    name,
    description,
    specialists,
    input,
    async run(given, context) {
      const parsed = input.safeParse(given);
      if (!parsed.success) return refused(parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('\n'));
      const planned = plan(parsed.data);
      return typeof planned === 'string' ? refused(planned) : run(planned, context);
    },
  });
}
