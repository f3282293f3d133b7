import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupLines } from '../../src/tools/group-lines.ts';

const times = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join('\n');
const second = (index: number): string => `2026-11-22T11:56:${String(index % 60).padStart(2, '0')}.${index}Z`;

describe('lines that are alike', () => {
  test('are shown once, with count and times, where the first of them stood', () => {
    expect(groupLines(`${second(0)} starting\n${times(40, (index) => `${second(index + 1)} GET /orders/${index} took ${index * 3}ms`)}\n${second(50)} FATAL: out of memory\n`)).toBe([
      `${second(0)} starting`,
      `${second(1)} GET /orders/0 took 0ms`,
      `  [40 lines like this, first ${second(1)}, last ${second(40)}]`,
      `${second(50)} FATAL: out of memory`,
      '(42 lines of 3 kinds; 1 kind shown once with a count, all others line by line)',
    ].join('\n'));
  });

  test.each([
    ['uuids', (index: number) => `job 3fa85f64-5717-4562-b3fc-2c963f66af${String(index).padStart(2, '0')} done`],
    ['hexadecimal ids', (index: number) => `trace=4bf92f3577b34da${index} at 0x7ffc${index}`],
    ['times of other forms', (index: number) => `10.0.0.7 - - [22/Nov/2026:11:56:0${index} +0000] "GET / HTTP/1.1" 200 ${index}`],
    ['replicas', (index: number) => `[pod/cart-67f5784978-8hd5${'lmnpqrstvw'[index]}/app] ready`],
    ['JSON with the same message and keys', (index: number) => `{"ts":${1_790_000_000 + index},"level":"info","msg":"order ${index} done","items":[${index}]}`],
    ['JSON behind a time', (index: number) => `${second(index)} {"severity":"INFO","message":"tick","n":${index}}`],
  ])('%s', (_, line) => {
    expect(groupLines(times(9, line))).toMatch(/\n {2}\[9 lines like this/);
  });

  test('say what varies where it is a name or an address', () => {
    expect(groupLines(times(9, (index) => `relation "t${index % 2}" does not exist`))).toContain('9 lines like this; it varies: "t0" | "t1"]');
    expect(groupLines(times(9, (index) => `peer 10.0.0.${index} left`))).toContain('it varies: 10.0.0.0 | 10.0.0.1 | 10.0.0.2 | 10.0.0.3 | 10.0.0.4 | ...]');
  });

  test('have the time of a JSON line', () => {
    expect(groupLines(times(3, (index) => `{"time":"${second(index)}","msg":"tick"}`))).toContain(`first ${second(0)}, last ${second(2)}`);
    expect(groupLines(times(3, (index) => `{"ts":${1_790_000_000_000 + index},"msg":"tick"}`))).toContain('first 2026-09-21T14:13:20.000Z, last 2026-09-21T14:13:20.002Z');
  });
});

describe('what tells faults apart keeps lines apart', () => {
  test.each([
    ['"GET /x HTTP/1.1" 200 12', '"GET /x HTTP/1.1" 503 12'],
    ['answered status=200', 'answered status=500'],
    ['exit code 1', 'exit code 137'],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.1:6379'],
    ['level="info" x', 'level="error" x'],
    ['{"level":"info","msg":"done"}', '{"level":"error","msg":"done"}'],
    ['{"msg":"done","status":200}', '{"msg":"done","status":500}'],
    ['{"msg":"done"}', '{"msg":"done","error":"refused"}'],
    ['{"msg":"cannot reach cart"}', '{"msg":"cannot reach catalog"}'],
    ['"error": "timeout"', '"error": "refused"'],
    ['node1 gone', 'node2 gone'],
    ['ORA-E1034', 'ORA-E1035'],
  ])('%s and %s', (one, other) => {
    const shown = groupLines([one, other, one, other, one, other].join('\n'));
    expect(shown.split('\n')).toEqual(expect.arrayContaining([one, other]));
  });
});

test('what does not repeat stays as it is', () => {
  for (const text of ['', '\n', 'one', 'one\ntwo\n', '7 of 9\n8 of 9', 'a\r\nb\r\n']) expect(groupLines(text)).toBe(text);
});

const piece = fc.oneof(fc.constantFrom('GET ', '/orders/', ' status=', '503', '"a"', '{"msg":"x"}', '{', '}', '2026-11-22T11:56:04Z', ' 10.0.0.1:80 ', '\u001B[31m', '\u0000', '__proto__'), fc.integer({ min: 0, max: 999 }).map(String), fc.string({ maxLength: 5 }));
const line = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('').replaceAll(/[\r\n]/g, ''));

test('every shown sample is a line of the text, in its order, and counts add up', () => {
  fc.assert(fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
    const text = `${lines.join('\n')}\n`;
    const shown = groupLines(text);
    if (shown === text) return;
    const body = shown.split('\n').slice(0, -1);
    const notes = body.map((one) => /^ {2}\[(\d+) lines like this/.exec(one)).map((match) => (match === null ? 0 : Number(match[1])));
    const samples = body.filter((_, index) => notes[index] === 0);
    expect(samples.length - notes.filter((count) => count > 0).length + notes.reduce((sum, count) => sum + count, 0)).toBe(lines.length);
    let at = 0;
    for (const sample of samples) {
      at = lines.indexOf(sample, at) + 1;
      expect(at).toBeGreaterThan(0);
    }
  }), { numRuns: 120 });
});

test('a text twice as long takes no more than a few times as long', () => {
  for (const evil of ['a-', '"x', "'", '1.', 'status ', 'abcdef01-', '2026-11-22T', '{"a":', 'bcdf245678-']) {
    const took = [10_000, 80_000].map((length) => {
      const text = evil.repeat(length / evil.length);
      groupLines(text);
      const started = process.cpuUsage();
      groupLines(text);
      const used = process.cpuUsage(started);
      return used.user + used.system;
    });
    expect(took[1] ?? 0, evil).toBeLessThan(200_000 + 40 * (took[0] ?? 0));
  }
});
