/**
 * The services end when their channel to us closes; PostgreSQL has no such channel. A small process whose
 * stdin is our pipe outlives us by a moment, even after kill -9, and stops the server.
 */
import { spawn } from 'node:child_process';

const program = `
process.on('SIGINT', () => {});
process.stdin.on('data', () => process.exit(0));
process.stdin.on('end', () => { try { process.kill(Number(process.argv[1]), 'SIGINT'); } catch {} process.exit(0); });`;

/** Returns how to send it home once the process was stopped properly. */
export function guardProcess(pid: number): () => void {
  const guardian = spawn(process.execPath, ['--input-type=commonjs', '-e', program, String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], env: {}, detached: true });
  guardian.on('error', () => undefined);
  guardian.stdin.on('error', () => undefined);
  guardian.unref();
  return () => void guardian.stdin.end('done');
}
