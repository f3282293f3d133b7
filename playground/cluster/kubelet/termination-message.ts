/** What a container left as its last words. */
import { existsSync, readFileSync } from 'node:fs';
import type { Container } from '../objects/types.ts';
import type { Run } from './pod.ts';

const longestMessage = 4_096;
const longestFallback = 2_048;
const fallbackLines = 80;

export function terminationMessage(container: Container, run: Run, exitCode: number): string {
  const written = read(run.terminationLog).slice(0, longestMessage);
  if (written !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return written;
  const lines = read(run.log.file).split('\n').slice(-fallbackLines - 1).map((line) => line.replace(/^\S+ std(?:out|err) [FP] /, ''));
  return lines.join('\n').slice(-longestFallback);
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
