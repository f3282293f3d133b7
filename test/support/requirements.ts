/** What some tests need beyond npm: found when it is there, otherwise the test is skipped and says what to install. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { kubeToolsFolder } from '../../playground/kube-tools.ts';
import { findMariadb } from '../../playground/shop/server-images/find-mariadb.ts';

const requirements = {
  redis: { programs: ['redis-server', 'valkey-server'], install: 'redis-server (apt install redis-server, brew install redis)' },
  mariadbd: { programs: ['mariadbd'], install: 'mariadbd and mariadb-install-db (apt install mariadb-server)', works: () => findMariadb() !== undefined },
  kubectl: { programs: ['kubectl'], install: 'kubectl (npm run kube-tools fetches it on linux/amd64)' },
  helm: { programs: ['helm'], install: 'helm (npm run kube-tools fetches it on linux/amd64)' },
  chromium: { programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], install: 'Chromium (apt install chromium)' },
  bwrap: { programs: ['bwrap'], install: 'bubblewrap (apt install bubblewrap)' },
  iptables: { programs: ['iptables'], install: 'iptables, flock and unshare, and user namespaces (apt install iptables util-linux; unshare -rn iptables -S must work)', works: () => spawnSync('unshare', ['-rn', 'iptables', '-w', '5', '-S']).status === 0 && spawnSync('flock', ['--version']).status === 0 },
} as const satisfies Record<string, { programs: readonly string[]; install: string; works?: () => boolean }>;

export type RequirementName = keyof typeof requirements;

const told = new Set<RequirementName>();

/**
 * True when it is here. Use it as `test.skipIf(!requirement('redis'))`.
 * @throws under REQUIRE_ALL=1 when it is missing
 */
export function requirement(name: RequirementName): boolean {
  if (findProgram(name) !== undefined && works(name)) return true;
  const words = `Tests are skipped: they need ${requirements[name].install} on PATH`;
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(words);
  if (!told.has(name)) console.warn(words);
  told.add(name);
  return false;
}

function works(name: RequirementName): boolean {
  const wanted = requirements[name];
  return !('works' in wanted) || wanted.works();
}

/** The absolute path of the program that meets the requirement. */
export function findProgram(name: RequirementName): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== ''), kubeToolsFolder, '/usr/sbin', '/usr/local/sbin'];
  for (const program of requirements[name].programs) {
    for (const folder of folders) if (isExecutable(path.join(folder, program))) return path.join(folder, program);
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
