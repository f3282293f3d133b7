/** RFC 3339 in whole seconds, as metav1.Time travels. */
export const atSecond = (milliseconds = Date.now()): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

/** With microseconds, as metav1.MicroTime travels. */
export const atMicrosecond = (milliseconds = Date.now()): string => new Date(milliseconds).toISOString().replace('Z', '000Z');
