/** Model-facing tools for one agent that reads: checkpoint, loop guard, at most a few at once, every result evidence. */
import type { Evidence, SpecialistName } from '../../incident/types.ts';
import type { Tool } from '../../tools/tool.ts';
import type { Investigation } from '../agents.ts';
import { modelTool } from './model-tool.ts';
import type { ModelTool } from './model-tool.ts';
import { readEvidenceTool } from './read-evidence.ts';
import { renderEvidence } from './render.ts';
import { createRepeats } from './repeats.ts';

const concurrentCalls = 6;

export interface ToolCalls {
  tools: ModelTool[];
  /** Evidence ids gathered so far, in order. */
  gathered: string[];
}

export function createToolCalls(specialist: SpecialistName, investigation: Investigation, signal: AbortSignal): ToolCalls {
  const gathered: string[] = [];
  const repeats = createRepeats();
  const slots = createSlots(concurrentCalls);

  async function call(tool: Tool, input: unknown): Promise<Evidence> {
    await investigation.checkpoint();
    signal.throwIfAborted();
    const result = await tool.run(input, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return { command: `${tool.name} ${JSON.stringify(input)}`, output: error instanceof Error ? error.message : String(error), failed: true };
    });
    const evidence = await investigation.record(specialist, tool.name, result);
    gathered.push(evidence.id);
    return evidence;
  }

  const tools = investigation.tools
    .filter((tool) => tool.specialists.includes(specialist))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((tool) =>
      modelTool({
        name: tool.name,
        description: tool.description,
        schema: tool.input,
        run: (input: unknown) => repeats(`${tool.name} ${JSON.stringify(input)}`, () => slots(() => call(tool, input)), renderEvidence),
      }),
    );
  return { tools: [...tools, readEvidenceTool(investigation.evidence)], gathered };
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
