/** `npm run bench:bounds`: each kind of bad input in a process of its own: how it ended, how long it took, peak memory. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { caseNames, runCase } from './cases.ts';
import type { CaseName } from './cases.ts';

const wanted = process.argv[2];
if (wanted !== undefined) {
  const ended = await runCase(wanted as CaseName);
  process.stdout.write(JSON.stringify({ ...ended, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else {
  process.stdout.write('npm run bench:bounds   (tsx itself takes about 90 MB)\n\n| input | seconds | peak MB | findings | longest evidence shown, stored | gaps named |\n|---|---|---|---|---|---|\n');
  for (const name of caseNames) process.stdout.write(row(name));
}

function row(name: CaseName): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return `| ${name} | failed: ${stderr.trim().split('\n').at(-1) ?? ''} | | | | |\n`;
  const { seconds, peakMegabytes, findings, shown, stored, gaps } = JSON.parse(stdout) as Awaited<ReturnType<typeof runCase>> & { peakMegabytes: number };
  return `| ${name} | ${seconds.toFixed(1)} | ${peakMegabytes} | ${findings} | ${shown}, ${stored} | ${gaps.map((gap) => gap.replaceAll(/\s+/g, ' ').replaceAll('|', '/').slice(0, 160)).join('; ') || 'none'} |\n`;
}
