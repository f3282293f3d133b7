/** Environments for child processes, built from nothing: no proxies, no credentials of ours, no LD_*, NODE_OPTIONS or PG*. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `home` is an empty private folder of ours, so that no ~/.kube, .curlrc or .psqlrc is read. */
export function minimalEnvironment(home: string): Record<string, string> {
  return { PATH: systemPath, HOME: home, LC_ALL: 'C', TZ: 'UTC' };
}

/** kubectl takes its kubeconfig by flag; the variable is set so that nothing falls back to a default. */
export function kubectlEnvironment(home: string, kubeconfig: string): Record<string, string> {
  return { ...minimalEnvironment(home), KUBECONFIG: kubeconfig, KUBERC: 'off' };
}

export function helmEnvironment(home: string, kubeconfig: string): Record<string, string> {
  return {
    ...minimalEnvironment(home),
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(home, 'helm-cache'),
    HELM_CONFIG_HOME: join(home, 'helm-config'),
    HELM_DATA_HOME: join(home, 'helm-data'),
    HELM_PLUGINS: join(home, 'helm-no-plugins'),
    HELM_NO_PLUGINS: '1',
  };
}

/** One per process, removed when it ends. */
export function privateHome(): string {
  if (homeFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'sre-agent-home-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    homeFolder = folder;
  }
  return homeFolder;
}

let homeFolder: string | undefined;

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
