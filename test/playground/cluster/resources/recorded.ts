/** What a real cluster said, out of test/fixtures/kubernetes-1.36. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { StoredObject } from '../../../../playground/cluster/objects/object.ts';

/** Object answers of `kubectl get -o json` in a recording; a list gives its items. */
export const recordedObjects = (file: string): StoredObject[] =>
  recordings(file).flatMap(({ output }) => {
    // YAML, because what was cut from the recording left trailing commas.
    const found = parse(output) as StoredObject & { items?: StoredObject[] };
    return found.items ?? [found];
  });

/** Cells of the table that a command printed, without its heading. */
export const recordedTable = (file: string, command: string): string[][] => {
  const found = recordings(file).find((recording) => recording.command === command);
  if (found === undefined) throw new Error(`No recording of ${command}.`);
  const [heading = '', ...lines] = found.output.split('\n').filter((line) => line !== '');
  const starts = [...heading.matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  return lines.map((line) => starts.map((start, column) => line.slice(start, starts[column + 1]).trim()));
};

const recordings = (file: string): { command: string; output: string }[] =>
  readFileSync(new URL(`../../../fixtures/kubernetes-1.36/${file}`, import.meta.url), 'utf8').split(/^\$ /m).slice(1).map((text) => {
    const [command = ''] = text.split('\n');
    return { command, output: text.slice(command.length + 1).replace(/^Warning:.*\n/, '').replace(/\n\[exit \d+\]\s*$/, '') };
  });

/** What a command printed. */
export const recordedOutput = (file: string, command: string): string => {
  const found = recordings(file).find((recording) => recording.command === command);
  if (found === undefined) throw new Error(`No recording of ${command}.`);
  return found.output;
};
