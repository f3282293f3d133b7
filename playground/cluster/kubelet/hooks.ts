/** What runs inside a container besides its own process: exec, HTTP and sleep of life cycle hooks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleHandler } from '../objects/types.ts';
import { execInRun } from './exec-process.ts';
import { httpGet, portOf, type Locate } from './probes/http.ts';
import type { PodRecord, Run } from './pod.ts';

const hookSeconds = 120;

/** Undefined when it went well, otherwise why not. */
export async function runHook(hook: LifecycleHandler, record: PodRecord, run: Run, locate: Locate): Promise<string | undefined> {
  if (hook.sleep !== undefined) return void (await Promise.race([sleep(hook.sleep.seconds * 1_000, undefined, { ref: false }), run.group.exited]));
  if (hook.exec !== undefined) {
    const { code, output } = await execInRun(run, hook.exec.command ?? [], hookSeconds * 1_000);
    return code === 0 ? undefined : `Exec lifecycle hook (${JSON.stringify(hook.exec.command)}) failed: command '${(hook.exec.command ?? []).join(' ')}' exited with ${code}: ${output}`;
  }
  if (hook.httpGet !== undefined) {
    const answer = await httpGet(hook.httpGet, record.address, portOf(hook.httpGet.port, record.pod), hookSeconds * 1_000, locate);
    return answer.problem ?? ((answer.status ?? 0) >= 400 ? `HTTP lifecycle hook failed with status ${answer.status}` : undefined);
  }
  return undefined;
}
