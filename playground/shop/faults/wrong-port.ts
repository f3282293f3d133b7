import net from 'node:net';
import { changeVariable } from './changed-variable.ts';
import type { Fault, FaultContext } from './fault.ts';

export function wrongPort(context: FaultContext): Fault {
  return {
    id: 'wrong-port',
    title: 'Point at a wrong upstream port',
    description: 'Frontend calls catalog on a port where nobody listens.',
    area: 'Network',
    ...changeVariable(context, {
      service: 'frontend',
      variable: 'CATALOG_URL',
      wrong: async (right) => {
        const url = new URL(right);
        url.port = String(await closedPortAfter(Number(url.port)));
        return url.origin;
      },
    }),
  };
}

async function closedPortAfter(port: number): Promise<number> {
  for (let candidate = port + 1; ; candidate = candidate >= 65_000 ? 20_000 : candidate + 1) {
    if (!(await isOpen(candidate))) return candidate;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
