import { describe, expect, test } from 'vitest';
import { detectAll } from '../../src/rules/detect-all.ts';
import { twoLooks } from '../../src/rules/two-looks.ts';
import { broken, ok, readings, service, targets, times } from './readings-support.ts';

const known = targets([{ name: 'api' }]);
const look = (samples: Parameters<typeof service>[1]) => readings({ services: [service('api', samples)] });
const said = (earlier: ReturnType<typeof look>, later: ReturnType<typeof look>) => detectAll(twoLooks(earlier, later), known).map(({ finding }) => `${finding.severity} ${finding.mechanism}`);

describe('two looks', () => {
  test('a moment of slowness is no finding, a lasting one is', () => {
    const slow = look({ samples: times(6, ok(900)) });
    const fast = look({ samples: times(6, ok(20)) });
    expect(said(slow, fast)).toEqual([]);
    expect(said(fast, slow)).toEqual(['info checks-slow']);
    expect(said(slow, slow)).toEqual(['warning checks-slow']);
  });

  test('what fails now and then, both times, fails', () => {
    const some = look({ samples: [...times(2, broken('upstream', 502)), ...times(4, ok(20))] });
    const none = look({ samples: times(6, ok(20)) });
    expect(said(some, some)).toEqual(['critical checks-failing']);
    expect(said(none, some)).toEqual(['info checks-flaky']);
  });

  test('failures that are over are mentioned with what was seen of them', () => {
    const down = look({ samples: times(6, broken('upstream gone', 502)) });
    const well = look({ samples: times(6, ok(20)) });
    const [found] = detectAll(twoLooks(down, well), known);
    expect(found?.finding).toMatchObject({ severity: 'info', mechanism: 'checks-flaky', title: expect.stringContaining('6 of 12 (HTTP 502)') });
    expect(found?.finding.quotes).not.toEqual([]);
  });
});
