/** Work stands still because memory is short: pages are thrown out and read again. */
import { factsRule } from './machine-rule.ts';

const fullPercent = 10;

export const memoryPressure = factsRule('memory-pressure', 'memory', ({ pressure }, { name }) => {
  const memory = pressure.find(({ resource }) => resource === 'memory');
  if (memory === undefined || !(memory.full >= fullPercent)) return [];
  return [{
    severity: 'warning',
    mechanism: 'memory-pressure',
    title: `${name} is short of memory: for ${memory.full} % of the last minute all of its work waited for it`,
    explanation: 'It has not come to kills yet, or the killed are replaced; everything on this host is slow.',
    confidence: 0.8,
    shows: [['pressure memory', `${memory.full} %`]],
  }];
});
