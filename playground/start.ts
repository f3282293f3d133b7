/**
 * `npm run playground`: a Slack to click in, a shop to break, and the product between them, on this machine alone.
 * The product is configured as anybody's is: through its environment and a sre-agent.yaml.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../src/database/embedded/free-port.ts';
import { silentLogger } from '../src/telemetry/log.ts';
import { createAlertSenders } from './alerts.ts';
import type { Cluster } from './cluster/cluster.ts';
import { startCluster } from './cluster/start.ts';
import { findHelm, findKubectl } from './kube-tools.ts';
import { keptSecrets } from './kept-secrets.ts';
import { startProduct } from './product.ts';
import type { Product } from './product.ts';
import { shopImages } from './shop/images.ts';
import { describeTargets, productEnvironment } from './shop/product-targets.ts';
import { startShop } from './shop/shop.ts';
import type { Shop } from './shop/shop.ts';
import type { World } from './workspace/page-api.ts';
import { APPROVERS, SHOP_ALERTS } from './workspace/people.ts';
import { EMPTY_WORLD } from './workspace/world-provider.ts';
import { readManifest } from './workspace/manifest.ts';
import { startWorkspace } from './workspace/server.ts';

export interface PlaygroundSettings {
  /** Of the page; 0 for a free one. */
  port: number;
  directory: string;
  /** Times the product's usual time limits, for a model that is played by hand. */
  patience?: number;
  /** How long a change must hold, and how long it may take to get there; 8 and 60. */
  soakSeconds?: number;
  /** Times the services' latency budgets: how slow is slow depends on the machine. */
  latency?: number;
  verificationSeconds?: number;
  /** More of the product's environment: a model key, a log level. */
  environment?: Record<string, string>;
  progress?: (line: string) => void;
}

export interface Playground {
  url: string;
  productUrl: string;
  cluster: Cluster;
  shop: Shop;
  product: Product;
  stop(): Promise<void>;
}

/** Everything up and healthy, or an error; what had started by then is stopped. */
export async function startPlayground({ port, directory, patience = 1, soakSeconds = 8, latency = 1, verificationSeconds = 60, environment = {}, progress = () => undefined }: PlaygroundSettings): Promise<Playground> {
  const cleanups: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup().catch(() => undefined);
  };
  try {
    await mkdir(directory, { recursive: true });
    const secrets = await keptSecrets(join(directory, 'secrets.json'));
    const productPort = await freePort();
    const productUrl = `http://127.0.0.1:${productPort}`;
    const starting: string[] = [];
    let shop: Shop | undefined;
    let kubeconfig: string | undefined;
    const world = (): World => ({ ...(shop?.world() ?? EMPTY_WORLD), starting: [...starting], ...(kubeconfig === undefined ? {} : { kubeconfig }) });
    const say = (line: string) => {
      starting.push(line);
      progress(line);
    };

    const workspace = await startWorkspace({
      port,
      app: { requestUrl: `${productUrl}/slack/events`, signingSecret: secrets.slackSigningSecret, botToken: secrets.slackBotToken },
      world: {
        world,
        subscribe: (changed) => everySecond(changed),
        setFault: async (id, active) => {
          if (!shop) throw new Error('The shop is still starting.');
          await shop.setFault(id, active);
        },
        sendAlert: async () => 404,
      },
      alerts: createAlertSenders({ productUrl, pagerdutySecret: secrets.pagerdutySecret, alertmanagerToken: secrets.alertmanagerToken, world }),
      ...pageFolders(),
      manifest: readManifest(join(rootFolder(), 'manifest.json')),
      dataFile: join(directory, 'workspace.json'),
      log: { info: () => undefined, warn: (line: string) => progress(`workspace: ${line}`) },
    });
    cleanups.push(() => workspace.close());
    say(`workspace: ${workspace.url}`);

    const cluster = await startCluster({
      directory: join(directory, 'cluster'), port: 0, images: shopImages(), nodes: [{ name: 'node1' }, { name: 'node2' }], timing: { speed }, log: (line) => progress(`cluster: ${line}`),
    });
    cleanups.push(() => cluster.stop());
    kubeconfig = cluster.adminKubeconfig;
    starting.push('cluster: ready, 2 nodes');
    progress(`cluster: export KUBECONFIG=${cluster.adminKubeconfig}`);
    const tools = await kubeTools(say);
    shop = await startShop(cluster, { directory: join(directory, 'shop'), log: silentLogger, progress: say });
    const running = shop;
    cleanups.push(() => running.stop());

    const configurationFile = join(directory, 'sre-agent.yaml');
    await writeFile(configurationFile, stringify(configurationOf(describeTargets(running, cluster, { kubectl: tools.kubectl !== undefined, latency }), { patience, soakSeconds, verificationSeconds })), { mode: 0o600 });
    say('product: starting gateway, investigator, executor');
    const product = startProduct({
      port: productPort,
      directory,
      environment: {
        ...pathOf(process.env),
        CONFIG_FILE: configurationFile,
        DATA_DIR: join(directory, 'product'),
        HOST: '127.0.0.1',
        PORT: String(productPort),
        SLACK_BOT_TOKEN: secrets.slackBotToken,
        SLACK_SIGNING_SECRET: secrets.slackSigningSecret,
        SLACK_API_URL: workspace.apiUrl,
        PAGERDUTY_WEBHOOK_SECRET: secrets.pagerdutySecret,
        ALERTMANAGER_TOKEN: secrets.alertmanagerToken,
        ...(await productEnvironment(running, cluster, directory, tools)),
        ...environment,
      },
      onLine: (line) => /"level":"(warn|error|fatal)"|^[^{]/.test(line) && progress(`product: ${line}`),
    });
    cleanups.push(() => product.stop());
    await product.ready();
    say(`product: ready on ${productUrl}, ${environment['ANTHROPIC_API_KEY'] ? 'with Claude' : 'on rules (set ANTHROPIC_API_KEY to add Claude)'}`);
    starting.length = 0;
    return { url: workspace.url, productUrl, cluster, shop: running, product, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The playground's crash, pull and scaling back-offs run this many times as fast as Kubernetes' own. */
const speed = 5;

/** What the product looks at the cluster with; without kubectl it does not see the cluster. */
async function kubeTools(say: (line: string) => void): Promise<{ kubectl?: string; helm?: string }> {
  const find = async (name: string, search: () => Promise<string>): Promise<string | undefined> => search().catch((error: unknown) => {
    say(`${name}: not found, ${name === 'kubectl' ? 'the product does not see the cluster' : 'no helm releases'}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const [kubectl, helm] = await Promise.all([find('kubectl', findKubectl), find('helm', findHelm)]);
  return { ...(kubectl === undefined ? {} : { kubectl }), ...(helm === undefined ? {} : { helm }) };
}

function configurationOf(targets: unknown, { patience, soakSeconds, verificationSeconds }: { patience: number; soakSeconds: number; verificationSeconds: number }): unknown {
  return {
    channels: { alerts: SHOP_ALERTS },
    policy: { autonomy: 'approve', approvers: { groups: [APPROVERS.id] }, soak_seconds: soakSeconds, verification_deadline_seconds: verificationSeconds },
    budgets: { seconds: 600 * patience, specialist_seconds: 180 * patience, reply_seconds: 120 * patience },
    targets,
  };
}

/** This file runs from playground/ or from dist/playground/. */
function rootFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith(join('dist', 'playground')) ? resolve(here, '../..') : resolve(here, '..');
}

/** Page sources lie in playground/, compiled scripts in dist/playground/. */
function pageFolders(): { pageDirectory: string; pageScriptDirectory: string } {
  const root = rootFolder();
  return { pageDirectory: join(root, 'playground/workspace/page'), pageScriptDirectory: join(root, 'dist/playground/workspace/page') };
}

function everySecond(changed: () => void): () => void {
  const timer = setInterval(changed, 1000);
  return () => clearInterval(timer);
}

function pathOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return environment['PATH'] ? { PATH: environment['PATH'] } : {};
}

const help = `npm run playground -- [options]
  --port N       port of the page (3000)
  --data FOLDER  where the playground keeps its state (data/playground)
  --patience N   multiplies the time limits of investigations, for a model that is played by hand (1)
  --soak N       seconds for which a change must hold (8)
  --latency N    multiplies the latency budgets of the services, for a busy machine (1)
  --deadline N   seconds a change has to take effect before it is undone (60)
  --help         this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      data: { type: 'string', default: 'data/playground' },
      patience: { type: 'string', default: '1' },
      soak: { type: 'string', default: '8' },
      latency: { type: 'string', default: '1' },
      deadline: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(help);
  const begun = Date.now();
  let ending = false;
  // What is being ended complains of what ended before it.
  const progress = (line: string) => ending || console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  const passed = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'LOG_LEVEL', 'REDIS_URL', 'KUBECTL', 'HELM'];
  const environment = Object.fromEntries(passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const playground = await startPlayground({ port: Number(values.port), directory: resolve(values.data), patience: Number(values.patience), soakSeconds: Number(values.soak), latency: Number(values.latency), verificationSeconds: Number(values.deadline), environment, progress });
  console.log(`\n  Open ${playground.url}: break something on the right, then type  /sre investigate checkout is slow  in #incidents.\n  Ctrl-C ends everything.\n`);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      console.log('\n  stopping ...');
      void playground.stop().then(() => process.exit(0));
    });
  }
}

if (process.argv[1] && import.meta.url === new URL(`file://${resolve(process.argv[1])}`).href) {
  await main().catch((error: unknown) => {
    const taken = (error as { code?: string }).code === 'EADDRINUSE';
    console.error(taken ? 'The port of the page is taken: choose another, for example  npm run playground -- --port 3100' : error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
