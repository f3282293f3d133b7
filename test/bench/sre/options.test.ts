import { describe, expect, it } from 'vitest';
import { commandWords, readOptions } from '../../../bench/sre/options.ts';

const read = (text: string) => readOptions(text === '' ? [] : text.split(' '), new Date('2026-03-04T05:06:07Z'));

describe('the command line of the bench', () => {
  it('measures the rules once, where nothing is said', () => {
    expect(read('')).toMatchObject({ agents: ['rules'], seeds: [1], repeats: 1, only: [], world: 'playground', noise: false, out: 'bench/results/2026-03-04', play: 'recorded', resume: false, check: false });
  });

  it('takes lists, ranges and numbers', () => {
    expect(read('--agent rules,restart --seeds 2-4 --repeat 3 --only database,lost-label --side-by-side 2 --deadline 60 --dollars 0.5 --noise --resume --out x')).toMatchObject({
      agents: ['rules', 'restart'], seeds: [2, 3, 4], repeats: 3, only: ['database', 'lost-label'], sideBySide: 2, deadline: 60, dollars: 0.5, noise: true, resume: true, out: 'x',
    });
  });

  it('keeps the results of checks apart', () => {
    expect(read('--check').out).not.toContain('bench/results');
  });

  it('takes words of a command as they are quoted, and knows the contestant by them', () => {
    expect(readOptions(['--agent-command', `node my-agent.mjs --say "two words" 'and $HOME'`])).toMatchObject({ agents: ['command'], agentCommand: ['node', 'my-agent.mjs', '--say', 'two words', 'and $HOME'] });
    expect(() => commandWords('node "open')).toThrow(/quote/);
    expect(() => commandWords(' ')).toThrow(/empty/);
  });

  it.each([
    ['--agnet rules', /Unknown option '--agnet'[^]*--agent NAME/],
    ['rules', /Unexpected argument 'rules'/],
    ['--seed', /--seed/],
    ['--seed x', /--seed is 'x': it must be a whole number from 0/],
    ['--seed 1.5', /whole number/],
    ['--seeds 3-1', /range like 1-3/],
    ['--seed 1 --seeds 1-2', /not both/],
    ['--repeat 0', /--repeat is '0': it must be a whole number from 1 to 100/],
    ['--side-by-side 99', /1 to 32/],
    ['--deadline 1', /5 to 3600/],
    ['--dollars 0', /above 0/],
    ['--world cloud', /playground, kubeconfig/],
    ['--world kubeconfig', /needs --kubeconfig FILE/],
    ['--kubeconfig x', /are for --world kubeconfig/],
    ['--play maybe', /recorded, live, hand/],
    ['--agent command', /needs --agent-command/],
    ['--agent rules --agent-command ls', /is for the contestant 'command'/],
    ['--agent ,', /--agent is empty/],
  ])('refuses %s', (text, words) => {
    expect(() => read(text)).toThrow(words);
  });
});

describe('where a model\'s answers come from', () => {
  const given = (text: string, environment: Record<string, string> = {}) => readOptions(text.split(' '), new Date(), environment);
  it('takes a key from the environment, and time for who reads', () => {
    expect(given('--play live --record', { ANTHROPIC_API_KEY: 'k' })).toMatchObject({ play: 'live', record: true, deadline: 600 });
    expect(given('--play hand --base-url http://127.0.0.1:4010')).toMatchObject({ play: 'hand', baseUrl: 'http://127.0.0.1:4010', record: false, deadline: 3600, sideBySide: 1 });
  });
  it.each([
    ['--play live', /ANTHROPIC_API_KEY/],
    ['--play hand', /--base-url/],
    ['--record', /recordings answer otherwise/],
    ['--play hand --base-url 127.0.0.1:4010', /http:\/\//],
  ])('refuses %s', (text, words) => {
    expect(() => given(text)).toThrow(words);
  });
});
