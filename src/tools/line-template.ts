/** What a log line is apart from its numbers, ids and times. What tells one fault from another stays: status and exit codes, levels, words. */

export interface LineTemplate {
  /** Equal for lines that are alike. */
  key: string;
  /** As it stands in the line, when there is one. */
  time?: string;
  /** Names and addresses that were masked, in their order: alike lines have the same number of them. */
  values: string[];
}

export function templateOf(line: string): LineTemplate {
  const brace = line.indexOf('{');
  const fields = brace >= 0 && brace <= longestPrefix && line.trimEnd().endsWith('}') ? jsonFields(line.slice(brace)) : undefined;
  if (fields === undefined) return textTemplate(line);
  const prefix = textTemplate(line.slice(0, brace));
  const message = textTemplate(messageKeys.map((key) => fields[key]).filter((value) => typeof value === 'string').join('\n'));
  const telling = tellingKeys.map((key) => (isPlain(fields[key]) ? String(fields[key]) : '')).join(' ');
  const time = prefix.time ?? timeOf(fields);
  return { key: `{${Object.keys(fields).sort().join(',')}} ${telling} ${prefix.key}\n${message.key}`, values: [...prefix.values, ...message.values], ...(time === undefined ? {} : { time }) };
}

const mostValues = 8;

/** Room for a time and the name of a pod before a JSON object. */
const longestPrefix = 400;

const messageKeys = ['message', 'msg', 'log', 'event', 'error', 'err', 'exception', 'path', 'url', 'logger', 'component'];
/** Their values part lines that are alike otherwise. */
const tellingKeys = ['level', 'severity', 'lvl', 'status', 'statusCode', 'status_code', 'code', 'errorCode', 'error_code', 'method', 'reason'];
const timeKeys = ['time', 'timestamp', '@timestamp', 'ts', 'at', 'datetime'];

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function jsonFields(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Text, or seconds or milliseconds since 1970. */
function timeOf(fields: Record<string, unknown>): string | undefined {
  for (const key of timeKeys) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '' && value.length <= 40) return value;
    if (typeof value === 'number' && value > 1e9 && value < 1e13) return new Date(value < 1e11 ? value * 1000 : value).toISOString();
  }
  return undefined;
}

function textTemplate(text: string): LineTemplate {
  let time: string | undefined;
  const values: string[] = [];
  const key = text.replace(variable, (whole, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups['time'] !== undefined) return (time ??= groups['time']), '<time>';
    if (groups['kept'] !== undefined) return whole;
    if (groups['quoted'] === undefined && groups['address'] === undefined && groups['pod'] === undefined) return '#';
    if (values.length < mostValues) values.push(groups['pod'] ?? whole);
    return '<value>';
  });
  return { key, values, ...(time === undefined ? {} : { time }) };
}

/**
 * One pass, and every alternative is bounded or ends at a word's end: no line takes more than linear time. In order: times; numbers that
 * mean something (HTTP 503, status=503, exit code 137, errors at host:port); quoted names; replicas' names; addresses; ids; numbers.
 */
const variable = new RegExp([
  String.raw`(?<time>(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)`,
  String.raw`(?<kept>\b(?:status|code|signal|sqlstate|errno|http(?:\/\d(?:\.\d)?"?)?)(?:[ _]?code)?["']?[=: ]{1,3}["']?\d{1,5}\b|\b(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|dial tcp) \S{1,80}|(?:level|lvl|severity|msg|message|reason|error|err)["']?[=:] ?["'][^"'\s]{1,60}["'])`,
  String.raw`(?<quoted>"[^"\s]{1,64}"(?!:)|(?<!\w)'[^'\s]{1,64}'(?!:)|${'`[^`\\s]{1,64}`'})`,
  String.raw`(?<=[a-z0-9])-(?<pod>[bcdfghjklmnpqrstvwxz24-9]{6,10}-[bcdfghjklmnpqrstvwxz24-9]{5})\b`,
  String.raw`(?<address>\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b(?::\d{1,5}\b)?)`,
  String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`,
  String.raw`\b0x[0-9a-f]+\b`,
  String.raw`\b(?=[a-f]{0,40}\d)[0-9a-f]{8,}\b`,
  String.raw`(?<![A-Za-z\d])\d+`,
].join('|'), 'gi');
