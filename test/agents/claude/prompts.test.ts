/** What holds for every prompt: long enough for the cache to keep it, the same each time, and no word of a tool that may not be there. */
import { expect, test } from 'vitest';
import { loadPrompts, promptNames } from '../../../src/agents/claude/prompts.ts';

const prompts = loadPrompts();
/** What every agent of that name has, whatever is configured. */
const always = ['submit_report', 'note_findings', 'update_hypotheses', 'conclude', 'read_evidence', 'state_findings'];
/** Fields of what they write. */
const fields = ['not_asked', 'new_findings', 'ruled_out', 'root_cause', 'known_facts'];

test.each(promptNames)('%s is longer than the least that is cached: 512 tokens, at 4 characters each', (name) => {
  expect(prompts[name].text.length).toBeGreaterThan(512 * 4);
});

test('they are the same bytes each time, and hold no time', () => {
  expect(loadPrompts()).toEqual(prompts);
  for (const name of promptNames) expect(prompts[name].text, name).not.toMatch(/\d{4}-\d\d-\d\d/);
});

test.each(promptNames)('%s names only tools that are always offered: the others by what they can do', (name) => {
  const named = [...prompts[name].text.matchAll(/\b(?:kubectl|helm|sql|postgres|mysql|http|grpc|tls|dns|tcp|net|host|metrics|prometheus|loki|service|operation|delegate|submit|note|update|read|state)_[a-z_]+/g)].map(([found]) => found);
  // Fields of PostgreSQL and of the reports look like them.
  expect(named.filter((one) => ![...always, ...fields].includes(one))).toEqual([]);
});

test('who leads and who works alone choose changes by the same words', () => {
  const decision = prompts.orchestrator.text.slice(prompts.orchestrator.text.indexOf('# Judging evidence'));
  expect(prompts.single.text).toContain(decision.trim());
  for (const name of promptNames.filter((one) => !['orchestrator', 'single'].includes(one))) expect(prompts[name].text).not.toContain('# Choosing changes');
});
