/** Model-facing tools for one specialist: checkpoint, loop guard, at most a few at once, every result evidence. */
import type { SpecialistName } from '../../incident/types.ts';
import type { Tool } from '../../tools/tool.ts';
import type { Investigation } from '../agents.ts';
import { modelTool } from './model-tool.ts';
import type { ModelTool } from './model-tool.ts';
import { renderEvidence } from './render.ts';

const concurrentCalls = 6;

export interface ToolCalls {
  tools: ModelTool[];
  /** Evidence ids gathered so far, in order. */
  gathered: string[];
}

export function createToolCalls(specialist: SpecialistName, investigation: Investigation, signal: AbortSignal): ToolCalls {
  const gathered: string[] = [];
  const seen = new Map<string, Promise<string>>();
  const slots = createSlots(concurrentCalls);

  async function call(tool: Tool, input: unknown): Promise<string> {
    await investigation.checkpoint();
    signal.throwIfAborted();
    const result = await tool.run(input, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return { command: `${tool.name} ${JSON.stringify(input)}`, output: error instanceof Error ? error.message : String(error), failed: true };
    });
    const evidence = await investigation.record(specialist, tool.name, result);
    gathered.push(evidence.id);
    return renderEvidence(evidence);
  }

  const tools = investigation.tools
    .filter((tool) => tool.specialists.includes(specialist))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((tool) =>
      modelTool({
        name: tool.name,
        description: tool.description,
        schema: tool.input,
        run: async (input: unknown) => {
          const key = `${tool.name} ${JSON.stringify(input)}`;
          const earlier = seen.get(key);
          if (earlier) return `You made this very call before; its result stands above as ${(await earlier).split(' ')[0]}. Nothing was read again. Ask something else, or report.`;
          const result = slots(() => call(tool, input));
          seen.set(key, result);
          return result;
        },
      }),
    );
  return { tools, gathered };
}

function createSlots(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
