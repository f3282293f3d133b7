/** `npm run cluster`: a playground cluster alone, or with the shop in it, until Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/telemetry/log.ts';
import { shopImages } from '../shop/images.ts';
import { startShop } from '../shop/shop.ts';
import { whenParentsEnd } from './parents.ts';
import { startCluster } from './start.ts';

const help = `npm run cluster -- [options]
  --port N            port of the API on 127.0.0.1 (a free one)
  --directory FOLDER  kubeconfig, pods and logs; emptied at start (a new one below ${tmpdir()})
  --speed N           crash, image pull and job back-offs run N times as fast as Kubernetes' own (1)
  --nodes N           how many nodes (1)
  --shop              starts the shop in it, with people who use it
  --help              this text`;

const options = {
  port: { type: 'string', default: '0' },
  directory: { type: 'string' },
  speed: { type: 'string', default: '1' },
  nodes: { type: 'string', default: '1' },
  shop: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(`${help}\n`);
  const port = wholeNumber('port', values.port, 0, 65_535);
  const nodes = wholeNumber('nodes', values.nodes, 1, 50);
  const speed = Number(values.speed);
  if (!(speed > 0)) throw new Error('--speed must be a number above 0.');
  const directory = values.directory === undefined ? mkdtempSync(join(tmpdir(), 'playground-cluster-')) : resolve(values.directory);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const cleanups: (() => Promise<unknown> | void)[] = [() => { if (values.directory === undefined) rmSync(directory, { recursive: true, force: true, maxRetries: 5 }); }];
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= (async () => {
    for (const cleanup of cleanups.toReversed()) await Promise.resolve(cleanup()).catch(() => undefined);
  })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending === undefined) say('stopping ...');
      void stop().then(() => process.exit(0));
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) whenParentsEnd(() => process.kill(process.pid, 'SIGTERM'));
  try {
    const cluster = await startCluster({
      directory: join(directory, 'cluster'), port, images: shopImages(), timing: { speed },
      nodes: Array.from({ length: nodes }, (_unused, index) => ({ name: `node${index + 1}` })), log: say,
    });
    cleanups.push(() => cluster.stop());
    process.stdout.write([
      `export KUBECONFIG=${cluster.adminKubeconfig}`,
      '# Paste the line above into another terminal, then: kubectl get pods -A',
      '# Images: busybox (this machine\'s own tools), and those of the shop: registry.shop.local/catalog:1.4.0 and so on.',
      '# Ctrl-C stops the cluster and every process in it.',
      '',
    ].join('\n'));
    if (!values.shop) return;
    const shop = await startShop(cluster, { directory: join(directory, 'shop'), log: silentLogger, progress: (line) => ending === undefined && say(line) });
    cleanups.push(() => shop.stop());
    say('shop: try  kubectl get pods --namespace shop');
  } catch (error) {
    if (ending === undefined) await stop();
    else return;
    throw error;
  }
}

function wholeNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) throw new Error(`--${name} must be a whole number from ${least} to ${most}.`);
  return number;
}

await main().catch((error: unknown) => {
  const taken = (error as { code?: string }).code === 'EADDRINUSE';
  process.stderr.write(`${taken ? 'That port is taken: choose another with --port, or leave it out for a free one.' : error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
