/** A tool for the SDK's loop, from a zod schema. What has a default is optional to the model: the SDK's own helper would demand it. */
import { z } from 'zod';

export function inputSchemaOf(schema: z.ZodType): { type: 'object'; [key: string]: unknown } {
  const { $schema: _ignored, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return { ...json, type: 'object' };
}

/** Fits the SDK's loop as well as our own. */
export interface ModelTool {
  type: 'custom';
  name: string;
  description: string;
  input_schema: { type: 'object'; [key: string]: unknown };
  parse(input: unknown): unknown;
  /** With what `parse` returned. */
  run(input: unknown): Promise<string>;
}

/** Input that does not fit becomes an error result that says what is wrong. */
export function modelTool<S extends z.ZodType>({ name, description, schema, run }: { name: string; description: string; schema: S; run: (input: z.output<S>) => Promise<string> }): ModelTool {
  return {
    type: 'custom',
    name,
    description,
    input_schema: inputSchemaOf(schema),
    parse: (input) => {
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw new Error(`Wrong input: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    },
    run: (input) => run(input as z.output<S>),
  };
}
