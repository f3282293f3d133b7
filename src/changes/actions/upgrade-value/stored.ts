/** A release as helm stores it in its Secret: its chart, its values, what they rendered to. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { RefusedError } from '../../errors.ts';
import type { Json, JsonObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { textAt } from '../kubectl/objects.ts';

const largest = 32 * 1024 * 1024;
const json = z.custom<Json>((value) => value !== undefined);
const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const files = z.array(z.object({ name: z.string(), data: z.string().nullish() })).nullish().transform((value) => value ?? []);

/** As Go marshals it: files in base64. */
const stored = z.object({
  name: z.string(),
  version: z.number(),
  chart: z.object({
    metadata: z.looseObject({ name: z.string(), version: z.string(), dependencies: z.array(json).nullish() }),
    templates: files,
    files,
    values: object.nullish().transform((value): JsonObject => value ?? {}),
    schema: z.string().nullish(),
  }),
  config: object.nullish().transform((value): JsonObject => value ?? {}),
  manifest: z.string(),
});
export type StoredRelease = z.infer<typeof stored>;

/** Throws RefusedError when it can't be read, with the executor's own rights, or is not what helm 3 and 4 write. */
export async function readStored(release: string, revision: number, kubectl: Kubectl): Promise<StoredRelease> {
  const secret = await kubectl.find({ resource: 'secret', name: `sh.helm.release.v1.${release}.v${revision}` }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The chart of release ${release} could not be read: ${error.message}`, { cause: error }) : error;
  });
  const data = secret === undefined || secret['type'] !== 'helm.sh/release.v1' ? undefined : textAt(secret, '/data/release');
  if (data === undefined) throw new RefusedError(`Revision ${revision} of release ${release} is not stored in a Secret of its namespace: upgrade it by hand.`);
  try {
    const unpacked = await promisify(gunzip)(Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64'), { maxOutputLength: largest });
    const parsed = stored.parse(JSON.parse(unpacked.toString('utf8')));
    if (parsed.name === release && parsed.version === revision) return parsed;
  } catch {
    // Its own error would quote what is in it.
  }
  throw new RefusedError(`What is stored as revision ${revision} of release ${release} could not be understood: upgrade it by hand.`);
}
