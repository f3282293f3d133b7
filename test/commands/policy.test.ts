/** `sre-agent policy`, as somebody at a terminal meets it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/commands.ts';
import { dispatch } from '../../src/commands/dispatch.ts';
import { ana, openBench } from '../changes/bench.ts';
import type { Bench } from '../changes/bench.ts';
import { testDraft } from '../support/store.ts';

const yaml = `
channels: { alerts: C0ALERTS }
policy:
  approvers: { users: [${ana.userId}], groups: [SSRE] }
  soak_seconds: 0
  rules:
    - { name: owners, scope: { targets: [checkout] }, approvers: { groups: [S0OWNERS] }, approvals: 2 }
    - { name: staging, scope: { targets: [stag*] }, autonomy: advise }
  freezes:
    - { name: weekends, days: [sat, sun], from: 00:00, to: 24:00, time_zone: Europe/Berlin, break_glass: { approvals: 3 } }
targets:
  services: [{ name: checkout, url: http://checkout, checks: [{ name: quote, path: /quote }] }]
  clusters: [{ name: staging, kubeconfig: '\${KUBECONFIG_READ}', namespaces: [shop] }]
`;
const scale = { kind: 'kubectl.scale', target: 'staging', namespace: 'shop', workload: 'deployment', name: 'web', replicas: 3 };
let folder: string;
let bench: Bench;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sre-agent-policy-'));
  await writeFile(path.join(folder, 'good.yaml'), yaml);
  await writeFile(path.join(folder, 'action.json'), JSON.stringify(scale));
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(words: string[], file = 'good.yaml') {
  const [said, complained]: [string[], string[]] = [[], []];
  const variables = { CONFIG_FILE: path.join(folder, file), DATABASE_URL: bench.url };
  const code = await dispatch(['policy', ...words], commands, { variables, print: (line) => said.push(line), complain: (line) => complained.push(line) });
  return { code, said: said.join('\n'), complained: complained.join('\n') };
}

describe('explain', () => {
  test('a change of the database: risk, rules, people, freeze, and what it was shown with', async () => {
    const change = await bench.proposed();
    const { code, said } = await call(['explain', change.id.toLowerCase(), '--at', '2026-11-21T12:00:00Z']);
    expect(code).toBe(0);
    for (const line of [
      new RegExp(`^change +${change.id}, proposed, ${change.incidentId}: `, 'm'), /^kind +http\.operation$/m, /^risk +medium\n +- /m, /^undo +automatic: Back to before\.$/m, /^target +checkout, production$/m,
      /^autonomy +approve: runs when people approve it$/m, /^needs +3 different people$/m, /^approvers +whoever is in S0OWNERS at the click$/m, /^requester +who asked .* may not approve it$/m, /^expires +15 minutes/m,
      /^frozen +frozen: weekends, until 2026-11-22 23:00 UTC; 3 approvers with a reason, or an undo, still run$/m, /^next freeze +weekends, 2026-11-27 23:00 until 2026-11-29 23:00 UTC$/m,
      /^because +autonomy approve\n +2 people: rule "owners"\n +3 people: it is frozen$/m, /^rules +applies +"owners": its own approvers, 2 approvals$/m, /^ +passed over +"staging": it is not about target checkout$/m,
      /^shown with +policy [0-9a-f]{16}: another one than this one \([0-9a-f]{16}\)/m, new RegExp(`^digest +${change.digest}$`, 'm'),
    ]) expect(said).toMatch(line);
  });

  test('an undo, as what it takes back, and through the freeze', async () => {
    const change = await bench.proposed();
    const undo = await bench.store.changes.draft(change.incidentId, testDraft({ action: { kind: 'change.undo', change: change.id }, undoOf: change.id }), change.lockKey);
    expect(await call(['explain', undo.id])).toMatchObject({ code: 2, complained: expect.stringMatching(/is drafted and was never previewed/) });
    await bench.store.changes.transition(undo.id, { from: 'drafted', to: 'proposed', set: { command: ['back'], digest: 'f'.repeat(64), expiresAt: change.expiresAt }, event: { type: 'change.proposed', change: { ...undo, command: ['back'] } } });
    const { said } = await call(['explain', undo.id, '--at', '2026-11-21T12:00:00Z']);
    expect(said).toMatch(/^kind +change\.undo, of a http\.operation$/m);
    expect(said).toMatch(/^target +checkout/m);
    expect(said).toMatch(/^frozen +never: an undo runs through a freeze$/m);
  });

  test('an action without a database, given or in a file', async () => {
    const given = await call(['explain', '--action', JSON.stringify(scale), '--risk', 'low', '--channel', 'C0OPS', '--at', '2026-11-23T12:00:00Z']);
    expect(given).toMatchObject({ code: 0, complained: '' });
    for (const line of [/^autonomy +advise: shown, never run$/m, /^channel +C0OPS$/m, /^because +autonomy advise by rule "staging"/m, /^frozen +not now$/m, /^next freeze +weekends, 2026-11-27 23:00/m]) expect(given.said).toMatch(line);
    const filed = await call(['explain', path.join(folder, 'action.json'), '--risk', 'high', '--undo', 'impossible']);
    expect(filed).toMatchObject({ code: 0, said: expect.stringMatching(/^channel +C0ALERTS$/m) });
  });

  test.each<[string, string[], RegExp]>([
    ['a change that is not there', ['explain', 'C999999'], /no change C999999/],
    ['a file that is not there', ['explain', 'nowhere.json', '--risk', 'low'], /no readable file nowhere\.json/],
    ['nothing', ['explain'], /Name a change/],
    ['no risk', ['explain', '--action', JSON.stringify(scale)], /--risk must be one of low, medium, high/],
    ['no JSON', ['explain', '--action', '{', '--risk', 'low'], /not JSON/],
    ['an action that is none', ['explain', '--action', '{"kind":"kubectl.scale","target":"staging"}', '--risk', 'low'], /not well-formed: namespace/],
    ['a time that is none', ['explain', 'C1', '--at', 'teatime'], /--at takes a time/],
    ['an option that is none', ['explain', 'C1', '--force'], /--force/],
    ['no word', [], /Say what to do/],
    ['a word that is none', ['bend'], /has no bend/],
  ])('%s', async (_name, words, complaint) => {
    expect(await call(words)).toMatchObject({ code: 2, said: '', complained: expect.stringMatching(complaint) });
  });
});

describe('check', () => {
  test('a good one, with its version', async () => {
    expect(await call(['check'])).toMatchObject({ code: 0, said: expect.stringMatching(/good\.yaml: the policy is well-formed; its version is [0-9a-f]{16}\.$/) });
  });

  test.each([
    ['dangerous', yaml.replace('soak_seconds: 0', 'two_person_from: never\n  allow_self_approval: true'), /policy\.allow_self_approval: .*i_accept_that_one_person_can_change_production_alone: true/],
    ['misspelt', yaml.replace('targets: [checkout]', 'targets: [chekout]'), /policy\.rules "owners" names chekout, which is none of the targets/],
    ['matching nothing', yaml.replace('[stag*]', '[prod*]'), /policy\.rules "staging" names prod\*/],
  ])('%s: refused, as at start', async (name, text, complaint) => {
    await writeFile(path.join(folder, `${name}.yaml`), text);
    expect(await call(['check'], `${name}.yaml`)).toMatchObject({ code: 1, said: '', complained: expect.stringMatching(complaint) });
  });
});
