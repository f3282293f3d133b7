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

/** Lines, normalised; in the order of the answer unless the order is an accident (events). */
export function normalise(line: string, output: string): string[] {
  const text = replacements.reduce((before, [pattern, by]) => before.replace(pattern, by), output);
  const lines = text
    .split('\n')
    .map((one) => (output.trimStart().startsWith('{') ? one.trim().replace(/,$/, '') : one.trimEnd().replace(/(\S) {2,}/g, '$1  ')))
    .filter((one, index, all) => one !== '' && !(one.startsWith('Waiting for deployment') && one === all[index - 1]));
  return /get events|get pods|^-n shop delete/.test(line) && !output.trimStart().startsWith('{') ? [...new Set(lines)].toSorted() : lines;
}
