/** What `verifyAudit` reads, from an export: no database, nothing trusted but what can be recomputed. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { StoredEvent } from '../incident/events.ts';
import type { Anchor } from './anchor.ts';
import type { AuditSource, Timeline } from './verify.ts';

/** Not an export, or cut. The message says which line. */
export class ExportFileError extends Error {
  readonly code = 'export_file';
  override readonly name = 'ExportFileError';
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const sequence = z.number().int().positive();
const line = z.discriminatedUnion('record', [
  z.object({ record: z.literal('export'), version: z.literal(1), incident: z.string().optional(), since: z.string().optional() }),
  z.object({ record: z.literal('anchor'), number: sequence, at: z.string(), previousHash: hash, hash, heads: z.array(z.object({ incidentId: z.string(), sequence, hash, evidenceCount: z.number().int().nonnegative(), evidenceHash: hash })) }),
  z.object({ record: z.literal('incident'), incidentId: z.string(), head: z.object({ sequence: z.number().int().nonnegative(), hash }).optional() }),
  z.object({ record: z.literal('event'), incidentId: z.string(), sequence, at: z.string(), event: z.looseObject({ type: z.string() }), previousHash: hash, hash }),
  z.object({ record: z.literal('evidence'), incidentId: z.string(), hash }),
  z.object({ record: z.enum(['approval', 'model_call']) }),
  z.object({ record: z.literal('end'), lines: z.number() }),
]);

/** Throws ExportFileError. */
export function openExport(path: string): AuditSource {
  const texts = readText(path).split('\n').filter((text) => text !== '');
  const lines = texts.map((text, index) => parseLine(text, index + 1, path));
  const [first] = lines;
  const last = lines.at(-1);
  if (first?.record !== 'export') throw new ExportFileError(`${path} does not begin like an export; make one with: sre-agent audit export > ${path}`);
  if (last?.record !== 'end' || last.lines !== lines.length - 1) throw new ExportFileError(`${path} is cut, or lines were removed or added: it should end with the number of its lines`);
  const anchors: Anchor[] = [];
  const timelines = new Map<string, Timeline>();
  for (const one of lines) {
    if (one.record === 'anchor') anchors.push(one);
    if (one.record === 'incident') timelines.set(one.incidentId, { incidentId: one.incidentId, head: one.head, events: [], evidence: [], damagedEvidence: [] });
    if (one.record === 'evidence') timelineOf(timelines, one.incidentId).evidence.push(one.hash);
    if (one.record === 'event') timelineOf(timelines, one.incidentId).events.push(one as unknown as StoredEvent);
  }
  return {
    complete: first.incident === undefined && first.since === undefined,
    anchors: () => Promise.resolve(anchors),
    async *timelines() {
      yield* timelines.values();
    },
  };
}

function timelineOf(timelines: Map<string, Timeline>, incidentId: string): Timeline {
  const found = timelines.get(incidentId) ?? { incidentId, events: [], evidence: [], damagedEvidence: [] };
  timelines.set(incidentId, found);
  return found;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ExportFileError(`There is no readable file ${path}.`);
  }
}

function parseLine(text: string, number: number, path: string): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    throw new ExportFileError(`${path}, line ${number}: not a line of an export`);
  }
}
