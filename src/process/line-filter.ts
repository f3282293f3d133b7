/** Keeps only the lines that are wanted, before anything is cut: what is looked for may stand in the middle of a large output. */
import type { HeadTail } from './head-tail.ts';

export interface LineFilter {
  add(chunk: Buffer): void;
  /** The last line may have no end. */
  end(): void;
  /** Lines seen in all. */
  readonly seen: number;
}

/** Of a longer line the rest is dropped, so that memory stays bounded. */
const longestLine = 64 * 1024;

export function lineFilter(into: Pick<HeadTail, 'add'>, keep: (line: string) => boolean): LineFilter {
  let parts: Buffer[] = [];
  let length = 0;
  let seen = 0;

  function addPart(part: Buffer): void {
    const taken = part.subarray(0, longestLine - length);
    if (taken.length > 0) parts.push(taken);
    length += taken.length;
  }

  function endLine(): void {
    const line = Buffer.concat(parts);
    parts = [];
    length = 0;
    seen += 1;
    if (keep(line.toString('utf8'))) into.add(Buffer.concat([line, newline]));
  }

  return {
    add(chunk) {
      let rest = chunk;
      for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
        addPart(rest.subarray(0, at));
        endLine();
        rest = rest.subarray(at + 1);
      }
      if (rest.length > 0) addPart(Buffer.from(rest));
    },
    end() {
      if (length > 0) endLine();
    },
    get seen() {
      return seen;
    },
  };
}

const newline = Buffer.from('\n');
