/** The chart of a stored release, written out again for helm: in a folder that nobody else can read, for as long as it is used. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { privateHome } from '../../../process/environment.ts';
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { StoredRelease } from './stored.ts';

/** `use` is given the folder's path. Throws RefusedError for a chart that can't be written out faithfully. */
export async function withChart<T>(chart: StoredRelease['chart'], use: (folder: string) => Promise<T>): Promise<T> {
  const contents = filesOf(chart);
  // mkdtemp makes it for us alone (0700), below a folder that is so too.
  const folder = await mkdtemp(join(privateHome(), 'chart-'));
  try {
    for (const [name, content] of contents) {
      await mkdir(join(folder, dirname(name)), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, name), content, { mode: 0o600, flag: 'wx' });
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By path. JSON is YAML. */
function filesOf({ metadata, templates, files, values, schema }: StoredRelease['chart']): Map<string, string | Buffer> {
  if ((metadata.dependencies?.length ?? 0) > 0) throw new RefusedError(`Chart ${plain(metadata.name, 80)} has charts inside, which helm does not store with the release: upgrade it by hand.`);
  const contents = new Map<string, string | Buffer>([['Chart.yaml', JSON.stringify(metadata)], ['values.yaml', JSON.stringify(values)]]);
  if (typeof schema === 'string' && schema !== '') contents.set('values.schema.json', Buffer.from(schema, 'base64'));
  for (const { name, data } of [...templates, ...files]) {
    if (!isInside(name)) throw new RefusedError(`The chart holds a file called ${plain(name, 120)}, which is not written anywhere: upgrade it by hand.`);
    if (contents.has(name)) throw new RefusedError(`The chart holds ${plain(name, 120)} twice: upgrade it by hand.`);
    contents.set(name, Buffer.from(data ?? '', 'base64'));
  }
  return contents;
}

/** A path below the folder, of plain names; none of them would be read as the chart's own, or as another chart. */
function isInside(name: string): boolean {
  const parts = name.split('/');
  return name.length <= 250 && parts.length <= 12 && parts[0] !== 'charts' && !parts.includes('..') && !parts.includes('.') && parts.every((part) => /^[A-Za-z0-9_.@+ ()-]{1,120}$/.test(part));
}
