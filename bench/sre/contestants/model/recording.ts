/** What a model was told and answered in one run, kept in recordings/<scenario>/<agent>-seed<N>.json. Holds no key and no header. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const partSchema = z.strictObject({
  kind: z.enum(['text', 'result']),
  text: z.string(),
  /** Of a result: the tool said no. */
  failed: z.boolean().optional(),
});

const blockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('tool_use'), name: z.string(), input: z.unknown() }),
]);

const usageSchema = z.strictObject({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
});

const exchangeSchema = z.strictObject({
  /** What the request added to the conversation. */
  added: z.array(partSchema),
  reply: z.array(blockSchema),
  stop_reason: z.string(),
  usage: usageSchema,
  /** Until it answered. */
  seconds: z.number(),
});

const conversationSchema = z.strictObject({
  /** orchestrator, kubernetes ...; from the first line of its prompt. */
  agent: z.string(),
  model: z.string(),
  /** SHA-256 of the prompt, its first 12 digits. */
  prompt: z.string(),
  exchanges: z.array(exchangeSchema).min(1),
});

const recordingSchema = z.strictObject({
  format: z.literal(1),
  scenario: z.string(),
  /** The contestant. */
  agent: z.string(),
  seed: z.number().int(),
  /** hand: a reader wrote the replies; live: the API did. */
  played: z.enum(['hand', 'live']),
  at: z.iso.datetime(),
  conversations: z.array(conversationSchema).min(1),
});

export type Part = z.infer<typeof partSchema>;
export type Block = z.infer<typeof blockSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type Exchange = z.infer<typeof exchangeSchema>;
export type Conversation = z.infer<typeof conversationSchema>;
export type Recording = z.infer<typeof recordingSchema>;

export interface RecordingKey {
  scenario: string;
  agent: string;
  seed: number;
}

export const recordingPath = (directory: string, { scenario, agent, seed }: RecordingKey): string => join(directory, scenario, `${agent}-seed${seed}.json`);

/** Undefined: there is none. Throws when the file is not a recording. */
export function readRecording(directory: string, key: RecordingKey): Recording | undefined {
  const path = recordingPath(directory, key);
  if (!existsSync(path)) return undefined;
  const parsed = recordingSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path} is not a recording: ${z.prettifyError(parsed.error)}. Record it again.`);
  return parsed.data;
}

export function writeRecording(directory: string, recording: Recording): string {
  const path = recordingPath(directory, recording);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(recording, null, 1)}\n`);
  return path;
}
