/** What of each evidence record was shown to a model: where its quotes are looked up. */

export interface EvidenceTexts {
  /** Reads them out of a message or a result. */
  add(text: string): void;
  /** Empty: nothing of it was shown. */
  of(id: string): readonly string[];
}

export function createEvidenceTexts(): EvidenceTexts {
  const texts = new Map<string, string[]>();
  const keep = (id: string, text: string): void => void texts.set(id, [...(texts.get(id) ?? []), text]);
  return {
    of: (id) => texts.get(id) ?? [],
    add(text) {
      const shown = /^(E\d+) · [\s\S]*?\n(==[0-9a-f]+==)\n([\s\S]*)\n\2(?:\n\n\[Left: [^\n]*\])?$/.exec(text);
      if (shown?.[1] !== undefined) return keep(shown[1], shown[3] ?? '');
      // A finding's quotes, below it.
      for (const [, id = '', quote = ''] of text.matchAll(/^ {2}(E\d+): ("(?:[^"\\]|\\.)*")$/gm)) keep(id, JSON.parse(quote) as string);
      return undefined;
    },
  };
}

/** The record that a tool result begins with; also where the tool says that it was read before. */
export function evidenceIdOf(text: string): string | undefined {
  return /^(E\d+) · /.exec(text)?.[1] ?? /^You made this very call before; its result stands above as (E\d+)\./.exec(text)?.[1];
}
