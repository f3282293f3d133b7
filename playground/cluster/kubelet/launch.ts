/** From a pod's container to a running process group: files, arguments, environment, log. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sandboxVariable, type Sandbox } from '../network/sandbox.ts';
import type { Container } from '../objects/types.ts';
import { createContainerLog } from './container-log.ts';
import { expand } from './expansion.ts';
import type { Guardian } from './guardian.ts';
import type { Image } from './images.ts';
import type { Programs } from './programs.ts';
import { realPath, rewritePaths, type Mount } from './paths.ts';
import type { ContainerRecord, PodRecord, Run } from './pod.ts';
import { startGroup } from './process.ts';

export interface Launch {
  record: PodRecord;
  container: Container;
  known: ContainerRecord;
  image: Image;
  /** What the pod's container sees of the pod's environment. */
  variables: Record<string, string>;
  mounts: readonly Mount[];
  dns: Sandbox['dns'];
  hosts: Sandbox['hosts'];
  relocations: string;
  /** Folders of the machine that are where they are, below a mount (/tmp) or not: the cluster's own and the programs'. */
  asTheyAre: readonly string[];
  programs: Programs;
  guardian: Guardian;
}

const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const logsKept = 2;

/** Throws StartError when the command can't be started; `known.id` is set then too. */
export function launchContainer(launch: Launch): Omit<Run, 'finished'> {
  const { record, container, known, image, guardian } = launch;
  const id = randomBytes(32).toString('hex');
  const folder = join(record.directory, 'containers', container.name);
  rmSync(folder, { recursive: true, force: true });
  // Of this process alone: what is left of the last one is told apart by it.
  const home = join(folder, String(known.restarts));
  const root = join(home, 'root');
  const temporary = join(home, 'tmp');
  for (const each of [root, temporary]) mkdirSync(each, { recursive: true });
  const terminationLog = join(home, 'termination-log');
  writeFileSync(terminationLog, '');
  const mounts = [
    ...launch.mounts,
    ...standardMounts(record, launch.mounts, temporary),
    { path: container.terminationMessagePath ?? '/dev/termination-log', real: terminationLog, readOnly: false },
  ];
  const sandboxFile = join(home, 'sandbox.json');
  const sandbox: Sandbox = {
    podAddress: record.address, hostname: hostnameOf(record), dns: launch.dns, hosts: launch.hosts, mounts: [...mounts, ...launch.asTheyAre.map((path) => ({ path, real: path, readOnly: false }))], relocations: launch.relocations,
  };
  writeFileSync(sandboxFile, JSON.stringify(sandbox));
  const directory = container.workingDir === undefined || container.workingDir === '' ? root : realPath(container.workingDir, mounts, root);
  mkdirSync(directory, { recursive: true });

  const shownEnvironment = { PATH: standardPath, HOSTNAME: sandbox.hostname, ...image.environment, ...launch.variables, HOME: launch.variables['HOME'] ?? '/root' };
  const environment = realEnvironment(shownEnvironment, launch, sandboxFile, root);
  known.id = id;
  known.imageId = image.id;
  known.ran = container.image ?? '';
  const log = createContainerLog(join(record.logDirectory, container.name, `${known.restarts}.log`));
  mkdirSync(dirname(log.file), { recursive: true });
  writeFileSync(log.file, '');
  known.logs.push({ id, file: log.file });
  for (const old of known.logs.splice(0, Math.max(0, known.logs.length - logsKept))) {
    for (const file of [old.file, `${old.file}.1`]) rmSync(file, { force: true });
  }
  const argv = rewriteCommand(commandOf(container, image, launch.variables), mounts, wordsOfImage(container, image));
  const group = startGroup({ argv, environment, directory, home }, guardian);
  log.capture(group.stdout, 'stdout');
  log.capture(group.stderr, 'stderr');
  return { id, image, group, log, startedAt: Date.now(), environment, shownEnvironment, directory, root, mounts, terminationLog, outOfMemory: false };
}

/** Node programs see the mounts themselves; the arguments of others are changed, but for the first words that are the machine's own. */
export function rewriteCommand(argv: readonly string[], mounts: readonly Mount[], own = 1): string[] {
  const [program = ''] = argv;
  if (/(^|\/)node$/.test(program)) return [...argv];
  return argv.map((word, index) => (index < own ? word : rewritePaths(word, mounts)));
}

/** How many of the first words come from the image, whose paths are this machine's and no container's. At least the program. */
function wordsOfImage({ command, args }: Container, { entrypoint, defaultArguments }: Image): number {
  if (command !== undefined && command.length > 0) return 1;
  return Math.max(1, entrypoint.length + (args !== undefined && args.length > 0 ? 0 : (defaultArguments ?? []).length));
}

export const hostnameOf = ({ pod }: PodRecord): string => pod.spec?.hostname ?? pod.metadata.name;

/** Empty when neither the pod nor the image names a command. */
export function commandOf(container: Container, image: Image, variables: Record<string, string>): string[] {
  const words = (list: readonly string[] | undefined): string[] => (list ?? []).map((word) => expand(word, (name) => variables[name]));
  if (container.command !== undefined && container.command.length > 0) return [...words(container.command), ...words(container.args)];
  return [...image.entrypoint, ...(container.args !== undefined && container.args.length > 0 ? words(container.args) : image.defaultArguments ?? [])];
}

function standardMounts(record: PodRecord, taken: readonly Mount[], temporary: string): Mount[] {
  const files: Mount[] = [
    { path: '/tmp', real: temporary, readOnly: false },
    ...['hosts', 'hostname', 'resolv.conf'].map((name) => ({ path: `/etc/${name}`, real: join(record.directory, 'etc', name), readOnly: false })),
  ];
  return files.filter(({ path }) => !taken.some((mount) => mount.path === path));
}

/** HOME is the container's root: the account's real one is none of a pod's business. */
function realEnvironment(shown: Record<string, string>, { image, programs }: Launch, sandboxFile: string, root: string): Record<string, string> {
  return {
    ...shown,
    PATH: [programs.folder, ...(image.path ?? []), dirname(process.execPath), programs.folder, shown['PATH'] ?? standardPath].join(':'),
    HOME: shown['HOME'] === '/root' ? root : shown['HOME'] ?? root,
    [sandboxVariable]: sandboxFile,
    NODE_OPTIONS: `${shown['NODE_OPTIONS'] ?? ''} ${programs.nodeOptions}`.trim(),
  };
}
