import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/commands/command.ts';
import { UsageError } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/commands.ts';
import { dispatch } from '../../src/commands/dispatch.ts';
import { ConfigurationError } from '../../src/config/configuration-error.ts';

async function call(words: string[], known: readonly Command[] = commands) {
  const [said, complained]: [string[], string[]] = [[], []];
  const code = await dispatch(words, known, { variables: {}, print: (line) => said.push(line), complain: (line) => complained.push(line) });
  return { code, said: said.join('\n'), complained: complained.join('\n') };
}

const failing = (error: unknown): Command => ({ name: 'fail', summary: 'fails', usage: ['fail <why>'], async run() { throw error; } });

describe('what sre-agent is called with', () => {
  test.each([['--help'], ['-h'], ['help']])('%s names every command', async (word) => {
    const { code, said } = await call([word]);
    expect(code).toBe(0);
    for (const { name, summary } of commands) {
      expect(said).toContain(`sre-agent ${name}`);
      expect(said).toContain(summary);
    }
  });

  test('each command says how to call it, and does nothing else', async () => {
    for (const { name, usage } of commands) {
      const { code, said } = await call([name, 'anything', '--help']);
      expect(code).toBe(0);
      for (const line of usage) expect(said).toContain(`sre-agent ${line}`);
    }
  });

  test('a word that is none', async () => {
    expect(await call(['polcy'])).toMatchObject({ code: 2, said: '', complained: expect.stringContaining('no command polcy') });
  });

  test.each([
    ['called wrongly', new UsageError('Say what.'), 2, /^Say what\.\n\nfails\n\n {2}sre-agent fail <why>$/],
    ['a wrong file', new ConfigurationError(['a.yaml: policy: no']), 1, /^a\.yaml: policy: no$/],
    ['an error that explains itself', Object.assign(new Error('It is not there.'), { code: 'not_there' }), 1, /^It is not there\.$/],
    ['what nobody foresaw', new Error('boom'), 1, /^Error: boom\n\s+at /],
    ['no error at all', 'boom', 1, /^boom$/],
  ])('%s', async (_name, error, code, words) => {
    const result = await call(['fail', 'x'], [failing(error)]);
    expect(result).toMatchObject({ code, said: '' });
    expect(result.complained).toMatch(words);
  });
});
