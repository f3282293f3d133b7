/** `npm run cluster`: a playground cluster alone, until Ctrl-C. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { busyboxImages } from './kubelet/busybox.ts';
import { startCluster } from './start.ts';

const { values } = parseArgs({
  options: {
    directory: { type: 'string', default: join(tmpdir(), `playground-cluster-${process.getuid?.() ?? 0}`) },
    port: { type: 'string', default: '0' },
    speed: { type: 'string', default: '1' },
  },
});

const cluster = await startCluster({
  directory: values.directory, port: Number(values.port), images: busyboxImages(), timing: { speed: Number(values.speed) },
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write([
  `export KUBECONFIG=${cluster.adminKubeconfig}`,
  '# Paste the line above into another terminal, then: kubectl get pods -A',
  '# Ctrl-C stops the cluster and every process in it.',
  '',
].join('\n'));

const stop = (): void => void cluster.stop().then(() => process.exit(0), () => process.exit(1));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
process.once('SIGHUP', stop);
