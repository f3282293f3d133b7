/** Reads the host that this process runs on. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseNetwork, overlaps } from '../packet-filter/network.ts';
import { minimalEnvironment, privateHome } from '../process/environment.ts';
import { BinaryNotFoundError, findBinary } from '../process/find-binary.ts';
import { runProcess } from '../process/run.ts';
import { readCertificates } from './certificate-files.ts';
import type { HostReader, HostReadSettings, HostRequest, Section } from './request.ts';
import { HostRefusedError } from './request.ts';
import type { Source } from './sources.ts';
import { socketTables, sourcesOf } from './sources.ts';

const programPath = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin';
const programMilliseconds = 5_000;
const mostBytes = 1024 * 1024;
/** At a time: a host in trouble is not made worse. */
const atOnce = 4;

export function createHostReader(settings: HostReadSettings): HostReader {
  return {
    async read(request, signal) {
      refuseUnless(request, settings);
      const sections = await collect(request, settings, signal);
      return { at: Date.now(), sections };
    },
  };
}

/** Throws HostRefusedError. */
function refuseUnless(request: HostRequest, { units, certificates, ping, deploys }: HostReadSettings): void {
  const refuse = (what: string, allowed: readonly string[], key: string): never => {
    throw new HostRefusedError(`${what}. ${allowed.length === 0 ? `Its settings allow none (${key})` : `Allowed are: ${allowed.join(', ')}`}.`);
  };
  if (request.what === 'logs' && !units.includes(request.unit)) refuse(`The log of ${request.unit} may not be read on this host`, units, 'units');
  if (request.what === 'ping' && !mayPing(request.to, ping)) refuse(`${request.to} may not be pinged from this host`, ping, 'ping');
  if (request.what === 'certificates' && certificates.length === 0) refuse('No certificates may be read on this host', [], 'certificates');
  if (request.what === 'deploys' && deploys === undefined) refuse('This host has no list of what was deployed', [], 'deploys');
}

function mayPing(to: string, allowed: readonly string[]): boolean {
  const address = parseNetwork(to);
  return allowed.some((one) => {
    const network = parseNetwork(one);
    return one === to || (address !== undefined && network !== undefined && address.prefix >= network.prefix && overlaps(address, network));
  });
}

async function collect(request: HostRequest, settings: HostReadSettings, signal: AbortSignal): Promise<Section[]> {
  if (request.what === 'certificates') return [await readCertificates(settings.certificates)];
  if (request.what === 'deploys') return [await readSource({ file: settings.deploys ?? '' }, signal)];
  const sections: Section[] = [];
  let group: Source[] = [];
  const flush = async (): Promise<void> => {
    sections.push(...(await inGroups(group, (source) => readSource(source, signal))));
    group = [];
  };
  for (const source of sourcesOf(request)) {
    if (!('waitMilliseconds' in source)) group.push(source);
    else {
      await flush();
      await wait(source.waitMilliseconds, undefined, { signal });
    }
  }
  await flush();
  if (request.what === 'sockets' && sections.some(({ source, problem }) => source.startsWith('ss ') && problem !== undefined)) sections.push(...(await inGroups(socketTables, (source) => readSource(source, signal))));
  return sections;
}

async function inGroups(sources: readonly Source[], read: (source: Source) => Promise<Section>): Promise<Section[]> {
  const sections: Section[] = [];
  for (let index = 0; index < sources.length; index += atOnce) sections.push(...(await Promise.all(sources.slice(index, index + atOnce).map(read))));
  return sections;
}

/** Never throws: what went wrong is in the section. */
async function readSource(source: Source, signal: AbortSignal): Promise<Section> {
  if ('waitMilliseconds' in source) return { source: 'wait', text: '' };
  const name = 'file' in source ? source.file : [source.program, ...source.argv].join(' ');
  try {
    return { source: name, ...('file' in source ? await readFileCapped(source.file, source.maxBytes ?? mostBytes) : await runProgram(source, signal)) };
  } catch (error) {
    return { source: name, text: '', problem: error instanceof BinaryNotFoundError ? 'not installed here' : problemWords(error) };
  }
}

async function runProgram({ program, argv, timeoutMilliseconds = programMilliseconds, maxBytes = mostBytes }: Extract<Source, { program: string }>, signal: AbortSignal): Promise<{ text: string; problem?: string }> {
  const result = await runProcess({ file: findBinary(program, { path: programPath }), argv, environment: minimalEnvironment(privateHome()), timeoutMilliseconds, maxBytes, signal, outsideSandbox: true });
  const said = result.stderr.trim().slice(0, 500);
  const problem = result.timedOut ? `it did not end within ${timeoutMilliseconds} ms${program === 'df' ? ': a mounted file system may hang' : ''}`
    : result.exitCode === 0 ? undefined
    : said || `it ended with ${result.exitCode ?? result.signal}`;
  return { text: result.stdout, ...(problem !== undefined && { problem }), ...(problem === undefined && result.truncated && { problem: `its output was too long: ${result.bytes} bytes, the middle is left out` }) };
}

/** Files of the kernel have no size that could be asked for; a pipe in the place of a file is not waited for. */
async function readFileCapped(file: string, maxBytes: number): Promise<{ text: string; problem?: string }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(maxBytes);
    let size = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, size, maxBytes - size);
      size += bytesRead;
      if (bytesRead === 0 || size === maxBytes) break;
    }
    const text = buffer.subarray(0, size).toString('utf8');
    return size < maxBytes ? { text } : { text: text.slice(0, text.lastIndexOf('\n') + 1), problem: `longer than ${maxBytes} bytes: the rest is left out` };
  } finally {
    await handle.close();
  }
}

function problemWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'not there' : code === 'EACCES' || code === 'EPERM' ? 'no permission to read it' : code === 'EOPNOTSUPP' ? 'this kernel does not offer it' : String(message);
}
