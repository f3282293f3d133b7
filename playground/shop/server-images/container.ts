/** Where a container really is, for programs that are not Node's and see the machine as it is. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createRelocation, type Relocation } from '../../cluster/network/relocation.ts';
import { sandboxVariable, type Sandbox } from '../../cluster/network/sandbox.ts';

export interface Container {
  /** Its own, as others know it. */
  address: string;
  relocation: Relocation | undefined;
  /** The machine's path of a path in the container. */
  real(inside: string): string;
}

/** Outside a cluster: 127.0.0.1, and paths as they are. */
export function whereWeRun(environment: NodeJS.ProcessEnv): Container {
  const file = environment[sandboxVariable];
  if (file === undefined) return { address: environment['LISTEN_ADDRESS'] ?? '127.0.0.1', relocation: undefined, real: (inside) => inside };
  const sandbox = JSON.parse(readFileSync(file, 'utf8')) as Sandbox;
  const mounts = [...sandbox.mounts].sort((left, right) => right.path.length - left.path.length);
  return {
    address: sandbox.podAddress,
    relocation: createRelocation(sandbox.relocations),
    real: (inside) => {
      const mount = mounts.find((candidate) => inside === candidate.path || inside.startsWith(`${candidate.path}/`));
      return mount ? path.join(mount.real, inside.slice(mount.path.length)) : inside;
    },
  };
}
