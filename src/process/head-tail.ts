/** Keeps the first and the last bytes of a stream in bounded memory. */
export interface HeadTail {
  add(chunk: Buffer): void;
  /** Bytes seen in all. */
  readonly bytes: number;
  readonly truncated: boolean;
  /** UTF-8 with bad bytes replaced. Cut at line ends where there are some, so that no line is shown in half. */
  text(): string;
}

export function headTail(maxBytes: number): HeadTail {
  const headRoom = Math.ceil(maxBytes / 2);
  const tailRoom = maxBytes - headRoom;
  const head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let bytes = 0;

  function addToTail(chunk: Buffer): void {
    tail.push(chunk.length > tailRoom ? Buffer.from(chunk.subarray(chunk.length - tailRoom)) : chunk);
    tailBytes += Math.min(chunk.length, tailRoom);
    if (tailBytes < 2 * tailRoom) return;
    const kept = Buffer.concat(tail);
    tail = [Buffer.from(kept.subarray(kept.length - tailRoom))];
    tailBytes = tailRoom;
  }

  return {
    add(chunk) {
      bytes += chunk.length;
      const toHead = chunk.subarray(0, headRoom - headBytes);
      if (toHead.length > 0) head.push(toHead);
      headBytes += toHead.length;
      if (chunk.length > toHead.length) addToTail(chunk.subarray(toHead.length));
    },
    get bytes() {
      return bytes;
    },
    get truncated() {
      return bytes > maxBytes;
    },
    text() {
      const first = Buffer.concat(head);
      const all = Buffer.concat(tail);
      const last = all.subarray(Math.max(0, all.length - tailRoom));
      if (bytes <= maxBytes) return Buffer.concat([first, last]).toString('utf8');
      const shownFirst = first.subarray(0, first.lastIndexOf(newline) + 1 || first.length);
      const shownLast = last.subarray(last.indexOf(newline) + 1);
      const leftOut = bytes - shownFirst.length - shownLast.length;
      return `${shownFirst.toString('utf8')}\n[... ${leftOut.toLocaleString('en-US')} bytes left out ...]\n${shownLast.toString('utf8')}`;
    },
  };
}

const newline = 0x0a;
