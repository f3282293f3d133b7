/** What the API server holds at a place of an object, against what somebody wrote there. */

/** The server adds defaults to what was written. */
export function holds(live: unknown, noted: unknown): boolean {
  if (typeof noted !== 'object' || noted === null) return live === noted || String(live) === String(noted);
  if (typeof live !== 'object' || live === null) return false;
  return Object.entries(noted).every(([key, one]) => holds(valueAt(live, [key]), one));
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function valueAt(value: unknown, tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>((here, token) => (typeof here === 'object' && here !== null && Object.hasOwn(here, token) ? (here as Record<string, unknown>)[token] : undefined), value);
}

export function tokensOf(pointer: string): string[] {
  return pointer.split('/').slice(1).map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
