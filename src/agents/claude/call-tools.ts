/** Runs the calls of one reply side by side. What goes wrong becomes the answer; a stop passes through. */
import { StoppedError } from '../../incident/stopped-error.ts';
import type { ToolResult, ToolUse } from './conversation.ts';
import type { ModelTool } from './model-tool.ts';

/** Results in the order of the calls. */
export function callTools(calls: readonly Pick<ToolUse, 'id' | 'name' | 'input'>[], tools: readonly ModelTool[]): Promise<ToolResult[]> {
  return Promise.all(
    calls.map(async ({ id, name, input }): Promise<ToolResult> => {
      try {
        const tool = tools.find((one) => one.name === name);
        if (!tool) throw new Error(`There is no tool ${name}. There are: ${tools.map((one) => one.name).toSorted().join(', ')}.`);
        return { type: 'tool_result', tool_use_id: id, content: await tool.run(tool.parse(input)) };
      } catch (error) {
        if (error instanceof StoppedError) throw error;
        return { type: 'tool_result', tool_use_id: id, content: error instanceof Error ? error.message : String(error), is_error: true };
      }
    }),
  );
}
