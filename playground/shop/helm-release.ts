/** Real helm, with the cluster's kubeconfig and a home of its own. */
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kubeToolsFolder } from '../kube-tools.ts';

const run = promisify(execFile);
const timeoutMilliseconds = 60_000;

/** Undefined when neither PATH nor the cache has one. */
export function findHelm(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== ''), kubeToolsFolder];
  return folders.map((folder) => path.join(folder, 'helm')).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs helm in the shop's namespace and resolves with what it printed; the word `chart` is the recommender's chart. */
export function createHelm(program: string, kubeconfig: string, home: string, namespace: string): (...words: string[]) => Promise<string> {
  mkdirSync(home, { recursive: true });
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, HELM_CACHE_HOME: path.join(home, 'cache'), HELM_CONFIG_HOME: path.join(home, 'config'), HELM_DATA_HOME: path.join(home, 'data') };
  return async (...words) => {
    const argv = words.map((word) => (word === 'chart' ? chartFolder() : word));
    const { stdout } = await run(program, [...argv, '--namespace', namespace, '--kubeconfig', kubeconfig], { env: environment, timeout: timeoutMilliseconds });
    return stdout;
  };
}

/** The chart and the manifests are text: they lie beside the sources, also when this is compiled. */
export function shopFolder(): string {
  const here = fileURLToPath(new URL('./', import.meta.url));
  return import.meta.url.endsWith('.ts') ? here : path.resolve(here, '../../../playground/shop');
}

const chartFolder = (): string => path.join(shopFolder(), 'chart');
