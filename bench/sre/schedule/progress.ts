/** One line for people about a run that ended. */
import type { Job } from '../job.ts';
import type { RunRecord } from '../record.ts';

/** `dropped-index rules: repaired 43 s, diagnosis right`. */
export function progress(job: Pick<Job, 'scenario' | 'agent' | 'seed' | 'repeat'>, record: RunRecord): string {
  const which = `${job.scenario} ${job.agent}${job.seed === 1 ? '' : ` seed ${job.seed}`}${job.repeat === 1 ? '' : ` repeat ${job.repeat}`}`;
  if (record.ending !== 'finished') return `${which}: ${record.ending}${record.trouble === undefined ? '' : `: ${record.trouble.split('\n')[0] ?? ''}`}`;
  const diagnosis = record.diagnosis.right ? 'right' : record.diagnosis.root ? 'names the object, not what is wrong with it' : 'wrong';
  const seconds = Math.round(record.seconds['agent'] ?? 0);
  return `${which}: ${record.repaired ? 'repaired' : `not repaired (${record.missing ?? 'unknown'})`} ${seconds} s, diagnosis ${diagnosis}${record.repaired ? '' : details(record)}`;
}

/** What it said, and the first thing that is not as it should be: enough to know where to look. */
function details({ attempt, checks }: RunRecord): string {
  const root = attempt?.answer?.root;
  const broken = checks.find(({ ok }) => !ok);
  const said = root === undefined ? undefined : root === null ? `it says: ${short(attempt?.answer?.summary ?? '')}` : `it says: ${root.resource} ${root.mechanism}: ${short(root.title)}`;
  return [said, broken && `not so: ${broken.name}: ${short(broken.detail)}`].flatMap((line) => (line === undefined ? [] : [`\n    ${line}`])).join('');
}

const short = (text: string): string => (text.length > 240 ? `${text.slice(0, 240)}...` : text);
