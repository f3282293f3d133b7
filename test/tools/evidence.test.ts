import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { capText } from '../../src/tools/cap-text.ts';
import { createRecorder } from '../../src/tools/evidence.ts';
import { passingEvidence } from '../../src/tools/passing-evidence.ts';
import type { Store } from '../../src/incident/store.ts';

type Added = Parameters<Store['evidence']['add']>[1];

function recorder(cap?: number) {
  const added: Added[] = [];
  const store = passingEvidence();
  const evidence: Pick<Store['evidence'], 'add'> = { add: (incident, input) => (added.push(input), store.add(incident, input)) };
  const redactor = createRedactor({ knownSecrets: () => ['known-secret-77'] });
  return { added, record: createRecorder({ evidence, redactor, incidentId: 'INC-1', ...(cap === undefined ? {} : { cap }) }) };
}

describe('createRecorder', () => {
  test('redacts command, text and full text, and stores them', async () => {
    const { added, record } = recorder();
    const evidence = await record('service', 'http_probe', { command: 'GET /?token=known-secret-77', output: 'password=hunter2 and known-secret-77', failed: true });
    expect(evidence).toMatchObject({ id: 'E1', specialist: 'service', tool: 'http_probe', failed: true, text: 'password=[redacted] and [redacted]' });
    expect(JSON.stringify(added)).not.toMatch(/known-secret-77|hunter2/);
  });

  test('shows head and tail of a long text, keeps the whole, and redacts before it cuts', async () => {
    const { added, record } = recorder(500);
    const output = `first\n${'password=hunter2 middle\n'.repeat(2_000)}last`;
    const { text } = await record('service', 'x', { command: 'x', output });
    expect(text.length).toBeLessThanOrEqual(500);
    expect(text).toMatch(/^first\n/);
    expect(text).toMatch(/last$/);
    expect(text).toMatch(/\[\.\.\. [\d,]+ lines, [\d,]+ characters left out; read_evidence shows the rest/);
    expect(text).not.toContain('hunter');
    expect(added[0]?.fullText.split('\n')).toHaveLength(2_002);
  });

  test('bounds what is stored', async () => {
    const { added, record } = recorder();
    await record('service', 'x', { command: 'x', output: 'line of a very long log\n'.repeat(400_000) });
    expect(added[0]?.fullText.length).toBeLessThanOrEqual(2_000_000);
    expect(added[0]?.fullText).toContain('was not stored');
  });

  test('takes any text, and what it gives is fit for PostgreSQL', async () => {
    const { record } = recorder(300);
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary', maxLength: 2_000 }), fc.constantFrom('\0', '\uD800', '\uDC00x', 'a\0b', '\u001B[31m\u202E')), async (text) => {
      const evidence = await record('generic', 'x', { command: text, output: text });
      expect(evidence.text.length).toBeLessThanOrEqual(300);
      expect(evidence.text.includes('\0') || evidence.command.includes('\0')).toBe(false);
      expect(Buffer.from(evidence.text, 'utf8').toString('utf8')).toBe(evidence.text);
    }), { numRuns: 150 });
  });
});

describe('capText', () => {
  test('leaves short text alone and counts what it leaves out', () => {
    expect(capText('abc', 3, 'x')).toBe('abc');
    const text = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
    const capped = capText(text, 300, 'advice');
    const [, lines, characters] = /\[\.\.\. (\d+) lines, (\d+) characters left out; advice\]/.exec(capped) ?? [];
    const [head, tail] = capped.split(/\[\.\.\.[^\]]*\]\n/);
    expect(text.startsWith(head ?? '?')).toBe(true);
    expect(text.endsWith(tail ?? '?')).toBe(true);
    expect(Number(characters)).toBe(text.length - (head?.length ?? 0) - (tail?.length ?? 0));
    expect(Number(lines)).toBe(100 - (head?.trimEnd().split('\n').length ?? 0) - (tail?.split('\n').length ?? 0));
  });

  test('never exceeds the limit', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.integer({ min: 150, max: 1_000 }), (text, limit) => {
      expect(capText(text, limit, 'advice').length).toBeLessThanOrEqual(limit);
    }));
  });
});
