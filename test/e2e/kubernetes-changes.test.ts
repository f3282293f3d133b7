/**
 * Kubernetes actions from a thread to the cluster and back: a scripted model asks for it on the strength of what the
 * read-only tools really showed, the executor previews it, an approver clicks, and the cluster is asked with kubectl.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INCIDENTS, MAYA, PRIYA, TOMAS } from '../../playground/workspace/people.ts';
import type { PageMessage } from '../../playground/workspace/page-api.ts';
import { buttonsOf, createPageClient, eventually, textOf } from '../support/page-client.ts';
import type { PageClient } from '../support/page-client.ts';
import { startTestPlayground } from '../support/playground.ts';
import type { TestPlayground } from '../support/playground.ts';
import { findProgram, requirement } from '../support/requirements.ts';
import { requestFaults, startScriptedModel } from '../support/scripted-model.ts';
import type { ScriptedModel } from '../support/scripted-model.ts';
import { caseOf, playTeam } from '../support/scripted-team.ts';
import type { Case } from '../support/scripted-team.ts';

const long = 180_000;
const place = { target: 'shop', namespace: 'shop' };
const deployment = (name: string) => ({ ...place, workload: 'deployment', name });
const get = (kind: string, rest: object = {}) => ({ name: 'kubectl_get', input: { kind, ...rest } });
const named = (name: string): string => `app.kubernetes.io/name=${name}`;
/** One finding about one object, quoting the line of a result that holds `words`. */
const about = (resource: string, result: number, words: string) => ({ resource, mechanism: 'looked-at', quote: { result, words } });

const cases: Case[] = [
  {
    title: 'settings are too tight',
    looks: [() => [get('deployments'), get('networkpolicies'), get('deployments', { name: 'payments' })]],
    claims: () => [about('deployment/shop/checkout', 0, 'checkout   '), about('networkpolicy/shop/shipping', 1, 'shipping'), about('secret/shop/payments-provider', 2, 'payments-provider')],
    changes: () => [
      { title: 'Restart checkout', resource: 'deployment/shop/checkout', action: { kind: 'kubectl.rollout_restart', ...deployment('checkout') } },
      { title: 'Let cart ask shipping', resource: 'networkpolicy/shop/shipping', action: { kind: 'kubectl.patch', ...place, resource: 'networkpolicy', name: 'shipping', type: 'json', patch: JSON.stringify([{ op: 'add', path: '/spec/ingress/0/from/-', value: { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'cart' } } } }]) } },
        { title: 'The next key', resource: 'secret/shop/payments-provider', action: { kind: 'kubectl.secret_key', ...place, name: 'payments-provider', key: 'next-api-key', from: { source: 'secret', name: 'payments-provider', key: 'api-key' } } },
    ],
  },
  {
    title: 'put it all back',
    looks: [() => [get('configmaps', { name: 'recommender-config' })]],
    claims: () => [about('release/shop/recommender', 0, 'meta.helm.sh/release-name')],
    changes: () => [
      { title: 'The release as installed', resource: 'release/shop/recommender', action: { kind: 'helm.rollback', ...place, release: 'recommender', to_revision: 1 } },
    ],
  },
  {
    title: 'what must not be done',
    looks: [() => [get('deployments', { name: 'payments' }), get('deployments')]],
    claims: () => [about('deployment/shop/payments', 0, 'name: payments'), about('deployment/kube-system/coredns', 1, 'NAME'), about('deployment/shop/frontend', 1, 'frontend')],
    changes: () => [
      { title: 'A password in the open', resource: 'deployment/shop/payments', action: { kind: 'kubectl.set_env', ...deployment('payments'), container: 'payments', variable: 'DB_PASSWORD', value: 'correct-horse-battery' } },
      { title: 'Fewer name servers', resource: 'deployment/kube-system/coredns', action: { kind: 'kubectl.scale', ...deployment('coredns'), namespace: 'kube-system', replicas: 1 } },
      { title: 'The patched frontend', resource: 'deployment/shop/frontend', action: { kind: 'kubectl.set_image', ...deployment('frontend'), container: 'frontend', image: 'registry.shop.local/frontend:1.4.1' } },
    ],
  },
  {
    title: 'a release that was never pushed',
    looks: [() => [get('deployments')]],
    claims: () => [about('deployment/shop/payments', 0, 'payments')],
    changes: () => [{ title: 'Payments 9.9.9', resource: 'deployment/shop/payments', action: { kind: 'kubectl.set_image', ...deployment('payments'), container: 'payments', image: 'registry.shop.local/payments:9.9.9' } }],
  },
];

const runnable = requirement('kubectl') && requirement('helm');
let model: ScriptedModel;
let playground: TestPlayground;
let page: PageClient;

beforeAll(async () => {
  if (!runnable) return;
  model = await startScriptedModel(playTeam(cases));
  const programs = { KUBECTL: findProgram('kubectl') ?? '', HELM: findProgram('helm') ?? '' };
  playground = await startTestPlayground({ ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'the-model-key', ...programs }, ['--soak', '1', '--deadline', '40', '--latency', '20']);
  page = createPageClient(playground.url);
}, long);
afterAll(async () => {
  await playground?.close();
  await model?.close();
}, 60_000);

const run = promisify(execFile);
async function kubectl(...rest: string[]): Promise<string> {
  return (await run(findProgram('kubectl') ?? '', [`--kubeconfig=${playground.kubeconfig}`, '-n', 'shop', ...rest])).stdout.trim();
}
const field = (object: string, path: string): Promise<string> => kubectl('get', ...object.split('/'), `-o=jsonpath={${path}}`);

const thread = (root: PageMessage) => page.thread(MAYA, root.channel, root.ts);

async function investigate(title: string): Promise<PageMessage> {
  await page.say(MAYA, INCIDENTS, `/sre investigate ${title}`);
  return investigated(title);
}

function investigated(title: string): Promise<PageMessage> {
  return eventually('the thread', async () => (await page.messages(MAYA, INCIDENTS)).find((message) => message.ephemeralFor === undefined && /^INC-\d+ /.test(message.text) && message.text.includes(title)));
}

/** The card of a change by its title, once it shows `words`. */
function card(root: PageMessage, title: string, words: RegExp): Promise<PageMessage> {
  return eventually(`${title}: ${words}`, async () => {
    const found = (await thread(root)).find((message) => /^C\d+ /.test(message.text) && message.text.includes(title));
    if (found && !words.test(textOf(found))) throw new Error(textOf(found));
    return found;
  });
}

const isOpen = (message: PageMessage): boolean => buttonsOf(message).some((button) => button.text === 'Approve');

/** As many approvers as it needs. */
async function approve(root: PageMessage, title: string): Promise<void> {
  for (const approver of [TOMAS, PRIYA]) {
    const waiting = await card(root, title, /Change C/);
    if (!isOpen(waiting)) return;
    await page.click(approver, waiting, 'Approve');
    await eventually('counted', async () => textOf(await card(root, title, /Change C/)).includes(`Approved by <@${approver}>`));
  }
}

/** Proposed with these words, approved, done and verified; the command of the card is the one that was approved. */
async function carryOut(root: PageMessage, title: string, shows: (string | RegExp)[]): Promise<void> {
  const proposal = await card(root, title, /Waiting for approval/);
  const text = textOf(proposal);
  for (const words of shows) expect(text).toMatch(words);
  for (const part of [/Risk: (low|medium|high)/, /Reaches: /, /Dry run/, /Undo(, by itself if verification fails|: not needed)/, /Verified by/, /Proposed by Claude/]) expect(text).toMatch(part);
  await approve(root, title);
  const done = await card(root, title, /Done and verified|Undone|Failed|Not run|Outcome unknown/);
  expect(textOf(done)).toMatch(/Done and verified/);
  expect(commandsIn(done)).toContain(commandsIn(proposal)[0]);
}

/** Texts set as code: the command first while it is proposed. */
function commandsIn({ blocks = [] }: PageMessage): string[] {
  const texts = (blocks as { type: string; elements?: { type: string; elements: { text: string }[] }[] }[]).filter(({ type }) => type === 'rich_text');
  return texts.flatMap(({ elements = [] }) => elements.filter(({ type }) => type === 'rich_text_preformatted').map((one) => one.elements.map(({ text }) => text).join('')));
}

describe.skipIf(!runnable)('Kubernetes changes', () => {
  it('are shown, run as shown, and verified; what was verified is taken back by its button', async () => {
    const settings = await investigate('settings are too tight');
    const [generation, pods] = await Promise.all([field('deployment/checkout', '.metadata.generation'), kubectl('get', 'pods', '-l', named('checkout'), '-o', 'name')]);
    await carryOut(settings, 'Restart checkout', [/kubectl -n shop rollout restart deployment\/checkout/, /2 pods replaced/, /but only if nothing has changed/]);
    expect(await field('deployment/checkout', '.metadata.generation')).toBe(String(Number(generation) + 1));
    for (const pod of pods.split('\n')) expect(await kubectl('get', 'pods', '-o', 'name')).not.toContain(pod);

    await carryOut(settings, 'Let cart ask shipping', [/from/, /app\.kubernetes\.io\/name: cart/, /Risk: high/]);
    const callers = '.spec.ingress[0].from[*].podSelector.matchLabels';
    expect(await field('networkpolicy/shipping', callers)).toContain('cart');
    await page.click(TOMAS, await card(settings, 'Let cart ask shipping', /Done and verified/), 'Undo');
    const offered = await card(settings, 'Take back', /Waiting for approval/);
    expect(textOf(offered)).toMatch(/app\.kubernetes\.io\/name: cart/);
    await page.click(PRIYA, offered, 'Approve');
    await card(settings, 'Take back', /Done and verified/);
    expect(await field('networkpolicy/shipping', callers)).not.toContain('cart');
  }, long);

  it('set a key by reference, and no value is seen anywhere; go back to an earlier release', async () => {
    const settings = await investigated('settings are too tight');
    await carryOut(settings, 'The next key', [/next-api-key/, /from/, /Risk: high/]);
    const key = await field('secret/payments-provider', '.data.api-key');
    expect(await field('secret/payments-provider', '.data.next-api-key')).toBe(key);
    const said = JSON.stringify(await thread(settings));
    expect(said).not.toContain(key);
    expect(said).not.toContain(Buffer.from(key, 'base64').toString('utf8'));

    const root = await investigate('put it all back');
    await carryOut(root, 'The release as installed', [/helm -n shop rollback recommender 1/, /RECOMMENDATIONS/, /It becomes revision 3/]);
    expect(await field('configmap/recommender-config', '.data.RECOMMENDATIONS')).toBe('4');
  }, long);

  it('are refused in words where they must not be, beside one that may', async () => {
    const root = await investigate('what must not be done');
    const [literal, elsewhere] = await Promise.all([card(root, 'A password in the open', /Refused/), card(root, 'Fewer name servers', /Refused/)]);
    expect(textOf(literal)).toContain('DB_PASSWORD names a secret');
    expect(JSON.stringify(await thread(root))).not.toContain('correct-horse-battery');
    expect(textOf(elsewhere)).toContain('Namespace kube-system is not among those of cluster shop');
    for (const refused of [literal, elsewhere]) expect(buttonsOf(refused).map(({ text }) => text)).not.toContain('Approve');
    await carryOut(root, 'The patched frontend', [/kubectl -n shop set image deployment\/frontend frontend=registry\.shop\.local\/frontend:1\.4\.1/, /- registry\.shop\.local\/frontend:1\.4\.0\n\+ registry\.shop\.local\/frontend:1\.4\.1/]);
    expect(await field('deployment/frontend', '.spec.template.spec.containers[0].image')).toBe('registry.shop.local/frontend:1.4.1');
  }, long);

  it('are undone by themselves when they do not verify', async () => {
    const root = await investigate('a release that was never pushed');
    await card(root, 'Payments 9.9.9', /Waiting for approval/);
    await approve(root, 'Payments 9.9.9');
    await eventually('it is tried', async () => (await field('deployment/payments', '.spec.template.spec.containers[0].image')).endsWith(':9.9.9'));
    const undone = textOf(await card(root, 'Payments 9.9.9', /Undone/));
    expect(undone).toMatch(/Undone because/);
    expect(undone).toMatch(/0 of 1 pod updated|0 ready/);
    expect(await field('deployment/payments', '.spec.template.spec.containers[0].image')).toBe('registry.shop.local/payments:1.4.0');
    await eventually('payments is back', async () => (await field('deployment/payments', '.status.readyReplicas')) === '1');
  }, long);

  it('were asked for in requests that keep the cache', () => {
    for (const one of cases) {
      for (const agent of ['You lead', 'the Kubernetes specialist']) {
        const own = model.requests.filter((request) => caseOf(request, cases) === one && (request.system[0]?.text ?? '').includes(agent));
        expect(own.length).toBeGreaterThan(0);
        expect(requestFaults(own), `${one.title}, ${agent}`).toEqual([]);
      }
    }
  });
});
