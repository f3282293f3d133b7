/** Whether children run in a sandbox here: tried out once, at the start. */
import { ConfigurationError } from '../config/configuration-error.ts';
import type { Logger } from '../telemetry/log.ts';
import { minimalEnvironment, privateHome } from './environment.ts';
import { BinaryNotFoundError, findBinary } from './find-binary.ts';
import { runProcess } from './run.ts';
import type { Sandbox } from './sandbox.ts';
import { createSandbox } from './sandbox.ts';

/** Undefined: without. Throws ConfigurationError when it is required and does not work. */
export async function openSandbox(mode: 'auto' | 'require' | 'off', log: Logger): Promise<Sandbox | undefined> {
  if (mode === 'off') return undefined;
  const tried = await tryOut();
  if (typeof tried === 'function') {
    log.info({ sandbox: 'bubblewrap' }, 'kubectl and helm run in a sandbox');
    return tried;
  }
  if (mode === 'require') throw new ConfigurationError([`SANDBOX is require, and bubblewrap does not work here: ${tried}. Install bubblewrap and let unprivileged user namespaces be made, or set SANDBOX to auto.`]);
  log.info({ reason: tried }, 'kubectl and helm run without a sandbox: bubblewrap does not work here');
  return undefined;
}

/** The reason when it does not work. */
async function tryOut(): Promise<Sandbox | string> {
  try {
    const sandbox = createSandbox(findBinary('bwrap'));
    const ended = await runProcess(sandbox({ file: findBinary('true'), argv: [], environment: minimalEnvironment(privateHome()), timeoutMilliseconds: 10_000, maxBytes: 10_000 }));
    return ended.exitCode === 0 ? sandbox : (ended.stderr.trim().split('\n')[0] ?? '') || `it ended with ${ended.exitCode ?? ended.signal}`;
  } catch (error) {
    return error instanceof BinaryNotFoundError ? 'bwrap was not found on PATH' : error instanceof Error ? error.message : String(error);
  }
}
