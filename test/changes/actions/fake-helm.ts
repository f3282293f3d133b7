/** A `run` that answers as helm would for one release whose chart is a function of its values; everything else goes to the fake kubectl. */
import { gzipSync } from 'node:zlib';
import type { KindContext } from '../../../src/changes/actions/kind.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';
import { mergePatch } from '../../../src/changes/actions/kubectl/json-patch.ts';
import type { RunOptions, RunResult } from '../../../src/process/run.ts';
import { ended } from '../../tools/kubectl/support.ts';
import { openFakeWorld } from './cluster-world.ts';

export interface FakeRelease {
  chart: JsonObject & { values: JsonObject };
  render(values: JsonObject): string;
  hooks?: string[];
  /** Answers the upgrade itself. */
  upgrade?: (() => Partial<RunResult> | undefined) | undefined;
}

export interface FakeHelm {
  context: KindContext;
  started: RunOptions[];
  revisions: { manifest: string; config: JsonObject; status: string }[];
  add(config: JsonObject, manifest?: string): void;
  /** Puts something else into the Secret of a revision. */
  store(revision: number, release: JsonObject): void;
  release: FakeRelease;
}

/** As `helm get all` prints them for the template that asks for hooks. */
export function storedHooks(hooks: readonly { manifest: string; events: readonly string[] }[]): string {
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  return hooks.map(({ manifest, events }) => `${hex(manifest)} [${events.map(hex).join(' ')}]\n`).join('');
}

export function openFakeHelm(release: FakeRelease, config: JsonObject): FakeHelm {
  const { fake, context } = openFakeWorld();
  const started: RunOptions[] = [];
  const revisions: FakeHelm['revisions'] = [];
  const rendered = (own: JsonObject): string => release.render(mergePatch(release.chart.values, own) as JsonObject);

  function store(revision: number, stored: JsonObject): void {
    const packed = gzipSync(JSON.stringify(stored)).toString('base64');
    fake.put('secret', { apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', metadata: { name: `sh.helm.release.v1.promotions.v${revision}`, namespace: 'shop' }, data: { release: Buffer.from(packed).toString('base64') } });
  }

  function add(own: JsonObject, manifest = rendered(own)): void {
    for (const one of revisions) one.status = 'superseded';
    revisions.push({ manifest, config: own, status: 'deployed' });
    store(revisions.length, { name: 'promotions', version: revisions.length, chart: release.chart, config: own, manifest });
  }

  function answer(options: RunOptions): RunResult | undefined {
    const { argv } = options;
    const dryRun = argv.some((argument) => argument.startsWith('--dry-run'));
    const revision = Number(argv.find((argument) => argument.startsWith('--revision='))?.slice('--revision='.length));
    if (argv.includes('history')) return ended({ stdout: JSON.stringify(revisions.map(({ status }, index) => ({ revision: index + 1, status, chart: 'promotions-1.0.0', app_version: '1' }))) });
    if (argv.includes('manifest')) return ended({ stdout: `${revisions[revision - 1]?.manifest ?? ''}\n` });
    if (argv.includes('all')) return ended({ stdout: storedHooks((release.hooks ?? []).map((manifest) => ({ manifest, events: [] }))) });
    if (argv.includes('rollback')) {
      const back = revisions[Number(argv[argv.indexOf('rollback') + 2]) - 1];
      if (!dryRun && back) add(back.config, back.manifest);
      return ended({ stdout: 'Rollback was a success! Happy Helming!' });
    }
    if (!argv.includes('upgrade')) return undefined;
    const own = JSON.parse(options.stdin ?? '{}') as JsonObject;
    if (dryRun) return ended({ stdout: JSON.stringify({ manifest: rendered(own), hooks: (release.hooks ?? []).map((manifest) => ({ manifest, events: [] })) }) });
    const instead = release.upgrade?.();
    if (instead === undefined) add(own);
    return ended(instead ?? { stdout: 'Release "promotions" has been upgraded. Happy Helming!\nNOTES: hunter-two' });
  }

  add(config);
  return {
    context: { ...context, run: async (options) => {
      started.push(options);
      return answer(options) ?? fake.run(options);
    } },
    started, revisions, add, store, release,
  };
}
