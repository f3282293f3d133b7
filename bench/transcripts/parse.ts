/** Transcripts of a real cluster: `$ command`, its output, `[exit n]`; or `# arguments of curl`, status line, headers, body. */
export interface Recorded {
  /** File and command, as a key. */
  id: string;
  kind: 'command' | 'request';
  /** Without the `$ kubectl ` or `# ` in front. */
  line: string;
  output: string;
  /** Exit code, or HTTP status. */
  code: number;
}

export function parseTranscript(file: string, text: string): Recorded[] {
  return [...parseCommands(file, text), ...parseRequests(file, text)];
}

function parseCommands(file: string, text: string): Recorded[] {
  return text.split(/^(?=\$ kubectl )/m).flatMap((block) => {
    const match = /^\$ kubectl (.*)\n([\s\S]*?)\[exit (\d+)\]/.exec(block);
    return match === null ? [] : [{ id: `${file}: ${match[1]}`, kind: 'command' as const, line: match[1] ?? '', output: match[2] ?? '', code: Number(match[3]) }];
  });
}

function parseRequests(file: string, text: string): Recorded[] {
  return text.split(/^(?=# )/m).flatMap((block) => {
    const match = /^# (.*)\nHTTP\/2 (\d+)\s*\n([\s\S]*?)\n\n([\s\S]*)$/.exec(block);
    return match === null ? [] : [{ id: `${file}: ${match[1]}`, kind: 'request' as const, line: match[1] ?? '', output: (match[4] ?? '').trim(), code: Number(match[2]) }];
  });
}

/** The words of a recorded command line: recorded without quotes, so that JSON after -p and -d runs to its closing brace. */
export function words(line: string): string[] {
  const found: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const json = /^[{[]/.test(rest) ? jsonPrefix(rest) : undefined;
    const word = json ?? (/^-H (?:\S+: )/.test(rest) ? undefined : /^\S+/.exec(rest)?.[0]) ?? /^\S+/.exec(rest)?.[0] ?? rest;
    found.push(word);
    rest = rest.slice(word.length).trimStart();
  }
  return found;
}

function jsonPrefix(text: string): string | undefined {
  for (let end = text.length; end > 0; end -= 1) {
    if (!'}]'.includes(text[end - 1] ?? '')) continue;
    try {
      JSON.parse(text.slice(0, end));
      return text.slice(0, end);
    } catch {
      // Not the end yet.
    }
  }
  return undefined;
}
