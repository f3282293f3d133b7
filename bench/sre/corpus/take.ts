/**
 * Breaks worlds and keeps what the rules see of each: `node --import tsx bench/sre/corpus/take.ts DIR SEED [ID ...]`.
 * One world after the other; several processes side by side work on different DIRs or ids.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { loadScenarios } from '../../../playground/scenarios/load.ts';
import type { Scenario } from '../../../playground/scenarios/scenario.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import type { Evidence } from '../../../src/incident/types.ts';
import { createRedactor } from '../../../src/redaction/redactor.ts';
import { createRecorder } from '../../../src/tools/evidence.ts';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import { productConfiguration } from '../contestants/product/configuration.ts';
import { breakIt, makeHealthy } from '../run/break.ts';
import { message } from '../run/phases.ts';
import { drawParameters } from '../run/unjudged.ts';
import { openWorldOf, settingsOf } from '../run/worlds.ts';
import { saveLook } from './saved-look.ts';

const betweenLooks = 4_000;

const [directory = '', seed = '', ...ids] = process.argv.slice(2);
if (directory === '' || !/^\d+$/.test(seed)) throw new Error('Say where and with which seed: take.ts DIR SEED [ID ...]');
mkdirSync(directory, { recursive: true });
const scenarios = await loadScenarios();
for (const { scenario } of scenarios) {
  if ((ids.length > 0 && !ids.includes(scenario.id)) || existsSync(path.join(directory, `${scenario.id}-${seed}.json`))) continue;
  const begun = performance.now();
  await take(scenario, Number(seed)).then(() => say('kept'), (error: unknown) => say(message(error)));

  function say(what: string): void {
    process.stdout.write(`${scenario.id}: ${what} (${Math.round((performance.now() - begun) / 1000)} s)\n`);
  }
}
process.exit(0);

async function take(scenario: Scenario, number: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'look-'));
  const parameters = drawParameters(scenario, number);
  const running = await openWorldOf('playground', settingsOf({ seed: number, latency: 2 }, scenario, path.join(folder, 'w'), () => undefined));
  try {
    const { world } = running;
    const truth = scenario.truth(parameters, world);
    const fault = { scenario, world, parameters, truth };
    await makeHealthy(fault);
    mkdirSync(path.join(folder, 'view'));
    const view = await running.agentView(path.join(folder, 'view'));
    const configuration = stringify(productConfiguration({ view, limits: { seconds: 180, dollars: 2 } }));
    const environment = { ...view.environment };
    for (const name of ['KUBECTL', 'HELM']) if (environment[name] !== undefined) process.env[name] = environment[name];
    const { targets, secretValues } = parseConfiguration(configuration, 'sre-agent.yaml', environment);
    await breakIt(fault);
    const ask = scenario.alert(parameters, world);
    const kept: Evidence[] = [];
    const record = createRecorder({
      incidentId: 'I1', redactor: createRedactor({ knownSecrets: secretValues }),
      evidence: { add: async (_incident, { fullText: _full, ...one }) => { const evidence = { ...one, id: `E${kept.length + 1}`, hash: '', at: new Date().toISOString() }; kept.push(evidence); return evidence; } },
    });
    const look = () => collectReadings({ targets, record, signal: AbortSignal.timeout(60_000), about: Object.values(ask).filter((one) => typeof one === 'string').join('\n') });
    const first = await look();
    await sleep(betweenLooks);
    saveLook(directory, { scenario: scenario.id, seed: number, ask, truth, configuration, environment, looks: [first, await look()] });
  } finally {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
