/** `npm run transcripts`: how much of what was recorded on a real cluster the playground's answers alike. */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { fetchKubeTools, findKubectl } from '../../playground/kube-tools.ts';
import type { Comparison } from './compare.ts';
import { explained, readDifferences, stale } from './differences.ts';
import { holdAgainstTranscripts } from './hold.ts';

const { values } = parseArgs({ options: { folder: { type: 'string' }, kubectl: { type: 'string' }, speed: { type: 'string', default: '4' }, only: { type: 'string' }, verbose: { type: 'boolean', default: false } } });

const folder = values.folder ?? fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../../test/fixtures/kubernetes-1.36' : '../../test/fixtures/kubernetes-1.36', import.meta.url));
const differences = await readDifferences();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const results = await holdAgainstTranscripts({ folder, kubectl: values.kubectl ?? (await recordedKubectl()), speed: Number(values.speed), progress: (comparison) => report(comparison), listed: (comparison) => explained(differences, comparison) !== undefined });
const matching = results.filter(({ matches }) => matches).length;
const open = results.filter((comparison) => !comparison.matches && explained(differences, comparison) === undefined);
say(`\n${matching} of ${results.length} answers match; ${results.length - matching - open.length} differ for a listed reason; ${open.length} differ without one.`);
for (const { answers, reason } of stale(differences, results)) say(`No longer differs: ${answers} (${reason})`);
process.exitCode = open.length > 0 ? 1 : 0;

function report(comparison: Comparison): void {
  const reason = comparison.matches ? undefined : explained(differences, comparison)?.map(({ reason: why }) => why).join('; ');
  say(`${comparison.matches ? 'same  ' : reason === undefined ? 'DIFFER' : 'listed'} ${comparison.recorded.id.slice(0, 150)}${reason === undefined ? '' : `\n         ${reason}`}`);
  if (comparison.matches || (reason !== undefined && !values.verbose)) return;
  if (comparison.code !== comparison.recorded.code) say(`         exit or status ${comparison.recorded.code} there, ${comparison.code} here`);
  for (const line of comparison.missing.slice(0, 40)) say(`       - ${line.slice(0, 300)}`);
  for (const line of comparison.unexpected.slice(0, 40)) say(`       + ${line.slice(0, 300)}`);
}

/** The version the transcripts were recorded with, where it can be had: others print some lines differently. */
async function recordedKubectl(): Promise<string> {
  return fetchKubeTools().then(({ kubectl }) => kubectl, () => findKubectl());
}
