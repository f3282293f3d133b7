/** Points in time as objects carry them: RFC 3339, UTC, whole seconds. */

export const timestamp = (milliseconds = Date.now()): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/** Milliseconds since the epoch; 0 for what isn't there. */
export const instant = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));
