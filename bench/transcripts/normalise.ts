/** Takes out of an answer what may differ between two clusters: names that were drawn, ages, ids, times, addresses, the machine. */
const drawn = 'bcdfghjklmnpqrstvwxz2456789';

const replacements: [RegExp, string][] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
  [/containerd:\/\/[0-9a-f]{64}/g, 'containerd://ID'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:ID'],
  [new RegExp(`\\b([a-z]+(?:-[a-z]+)*)-[${drawn}]{8,10}-[${drawn}]{5}(?![a-z0-9-])`, 'g'), '$1-HASH-DRAWN'],
  [new RegExp(`\\b([a-z]+(?:-[a-z]+)*)-[${drawn}]{8,10}\\b`, 'g'), '$1-HASH'],
  [new RegExp(`\\b(kube-api-access|migrate|catalog)-[${drawn}]{5}\\b`, 'g'), '$1-DRAWN'],
  [new RegExp(`(pod-template-hash"?[=:] ?"?)[${drawn}]{8,10}`, 'g'), '$1HASH'],
  [/\.[0-9a-f]{16}\b/g, '.EVENT'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, 'TIME'],
  [/\b(10\.244|127\.2[0-3]\d)\.\d+\.\d+\b/g, 'POD_IP'],
  [/\b(10\.96|127\.(9[6-9]|1[0-2]\d))\.\d+\.\d+\b/g, 'SERVICE_IP'],
  [/\b(192\.0\.2\.2|127\.1[6-9]\d\.\d+\.\d+)\b/g, 'NODE_IP'],
  [/127\.0\.0\.1:\d+/g, 'NODE_IP:16443'],
  [/default-scheduler-(vm|playground)/g, 'default-scheduler-HOST'],
  [/(\\"resourceVersion\\":\\")\d+/g, '$1VERSION'],
  [/("?resourceVersion"?: ?)"\d+"/g, '$1"VERSION"'],
  [/\d+ \((\d+[dhms])+ ago\)/g, 'N (AGE ago)'],
  [/(?<![=\w:.-]|for )(\d+[dhms])+( \(x\d+ over (\d+[dhms])+\))?(?= |$|\)|\n|")/g, 'AGE'],
  [/("?count"?: )\d+/g, '$1N'],
  [/("?restartCount"?: )\d+/g, '$1N'],
  [/(Restart Count: +)\d+/g, '$1N'],
  [/(remainingItemCount"?: )\d+/g, '$1N'],
  [/("continue": )"[^"]+"/g, '$1"CONTINUE"'],
  [/("(memory|ephemeral-storage)": )"\d+Ki"/g, '$1"MACHINE"'],
  [/^(\s*(cpu|memory|hugepages-\dGi|hugepages-\dMi|ephemeral-storage|pods|Machine ID|System UUID|Boot ID|Kernel Version|OS Image|Container Runtime Version):? +)(\d+(Ki)?|[0-9a-f]{32}|[0-9a-f-]{36}|UID|\S+-fc-\S+|Debian.*|\d+\.\d+\.\S+|containerd:.*|process:.*)$/gm, '$1MACHINE'],
];

/**
 * The lines of both answers, normalised; in their order unless the order is an accident (events). Some recorded answers were
 * cut: of JSON that ends too early only what is there counts.
 */
export function comparable({ line, output: recorded }: { line: string; output: string }, output: string): { expected: string[]; actual: string[] } {
  const [one, other] = [sorted(recorded), sorted(output)];
  const whole = one !== undefined && other !== undefined;
  const expected = normalise(line, whole ? one : recorded);
  const actual = normalise(line, whole ? other : output);
  if (!isCut(recorded)) return { expected, actual };
  const last = expected.length - 1;
  const kept = actual.slice(0, expected.length);
  const [end, there] = [expected[last] ?? '', kept[last] ?? ''];
  if (there.startsWith(end.slice(0, end.lastIndexOf('\\')))) kept[last] = end;
  return { expected, actual: kept };
}

/** JSON in one order of fields, where it is whole; what a watch says is one object a line. */
function sorted(output: string): string | undefined {
  if (!output.startsWith('{')) return undefined;
  try {
    return (output.startsWith('{"type"') ? output.trim().split('\n') : [output]).map((text) => JSON.stringify(inOrder(JSON.parse(text)), null, 2)).join('\n');
  } catch {
    return undefined;
  }
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, inner]) => [name, inOrder(inner)]));
}

function isCut(output: string): boolean {
  if (!output.startsWith('{')) return false;
  try {
    for (const text of output.startsWith('{"type"') ? output.trim().split('\n') : [output]) JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

function normalise(line: string, output: string): string[] {
  const text = replacements.reduce((before, [pattern, by]) => before.replace(pattern, by), output);
  const lines = text
    .split('\n')
    .map((one) => (output.trimStart().startsWith('{') ? one.trim().replace(/,$/, '') : one.trimEnd().replace(/(\S) {2,}/g, '$1  ')))
    .filter((one) => one !== '')
    .filter((one, index, all) => !(one.startsWith('Waiting for deployment') && one === all[index - 1]));
  return /get events|get pods|^-n shop delete/.test(line) && !output.trimStart().startsWith('{') ? [...new Set(lines)].toSorted() : lines;
}
