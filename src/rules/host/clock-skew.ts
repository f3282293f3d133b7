/** A clock that is wrong: tokens and certificates are refused, logs tell the wrong order. */
import { duration } from '../words.ts';
import { factsRule } from './machine-rule.ts';

const skewMilliseconds = 5_000;

export const clockSkew = factsRule('clock-skew', 'clock', ({ clock }, { name }) => {
  const { ahead = 0, against = 'the clock of the machine that looks', synchronised } = clock;
  if (Math.abs(ahead) >= skewMilliseconds) {
    return [{
      severity: 'warning',
      mechanism: 'clock-skew',
      title: `The clock of ${name} is ${duration(Math.abs(ahead) / 1_000)} ${ahead > 0 ? 'ahead of' : 'behind'} ${against}`,
      explanation: `One of both is wrong${synchronised === false ? `, and the time daemon of ${name} says that it is not synchronised` : ''}. Tokens, certificates and signatures may be refused, and times in logs are not to be compared as they are.`,
      confidence: synchronised === false ? 0.9 : 0.75,
      shows: [['clock: at least', String(Math.abs(ahead))], ['clock: NOT synchronised']],
    }];
  }
  if (synchronised !== false) return [];
  return [{
    severity: 'info',
    mechanism: 'clock-not-synchronised',
    title: `The clock of ${name} is not synchronised`,
    explanation: 'It is not far off yet.',
    confidence: 0.7,
    shows: [['clock: NOT synchronised']],
  }];
});
