/** One look at a container. */
import type { Container, Probe } from '../../objects/types.ts';
import { execInRun } from '../exec-process.ts';
import type { PodRecord, Run } from '../pod.ts';
import { StartError } from '../process.ts';
import { httpGet, portOf, tcpOpen, type Locate } from './http.ts';

export interface ProbeResult {
  ok: boolean;
  output: string;
  /** The probe itself could not run. */
  errored?: boolean;
}

export async function runProbe(probe: Probe, record: PodRecord, container: Container, run: Run, locate: Locate): Promise<ProbeResult> {
  const timeout = 1_000 * (probe.timeoutSeconds ?? 1);
  if (probe.httpGet !== undefined) {
    const { status = 0, problem } = await httpGet(probe.httpGet, record.address, portOf(probe.httpGet.port, record.pod, container.name), timeout, locate);
    if (problem !== undefined) return { ok: false, output: problem };
    return { ok: status >= 200 && status < 400, output: `HTTP probe failed with statuscode: ${status}` };
  }
  if (probe.tcpSocket !== undefined) {
    const { host, port } = probe.tcpSocket;
    const problem = await tcpOpen(host === undefined || host === '' ? record.address : host, portOf(port, record.pod, container.name), timeout, locate);
    return { ok: problem === undefined, output: problem ?? '' };
  }
  if (probe.grpc !== undefined) {
    const problem = await tcpOpen(record.address, probe.grpc.port, timeout, locate);
    return { ok: problem === undefined, output: problem === undefined ? '' : `timeout: failed to connect service "${record.address}:${probe.grpc.port}" within ${probe.timeoutSeconds ?? 1}s: ${problem}` };
  }
  const command = probe.exec?.command ?? [];
  try {
    const { code, output, timedOut } = await execInRun(run, command, timeout);
    if (timedOut) return { ok: false, output: `command timed out: "${command.join(' ')}" timed out after ${probe.timeoutSeconds ?? 1}s` };
    return { ok: code === 0, output };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { ok: false, errored: true, output: `rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${run.id}": OCI runtime exec failed: exec failed: unable to start container process: ${error.message}: unknown` };
  }
}
