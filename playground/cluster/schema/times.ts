/** Times as Kubernetes writes them: UTC, in whole seconds or in microseconds. Undefined for what is no RFC 3339 time. */
const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$/;

export function canonicalTime(text: string): string | undefined {
  const milliseconds = Date.parse(text);
  return pattern.test(text) && !Number.isNaN(milliseconds) ? new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
}

export function canonicalMicroTime(text: string): string | undefined {
  const seconds = canonicalTime(text);
  return seconds?.replace('Z', `.${(pattern.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0')}Z`);
}
