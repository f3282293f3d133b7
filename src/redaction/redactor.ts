/** Secrets never reach a model, Slack, a log or a queue: every text from a system goes through here. */
import { redactEntropy } from './entropy.ts';
import { redactJson } from './json.ts';
import { knownValueRedactor } from './known-values.ts';
import { redactPatterns } from './patterns.ts';
import { redactWithSecretlint } from './secretlint.ts';
import { stripUnsafeText } from './unsafe-text.ts';

export interface Redactor {
  /** All layers. The result is stable: redacting it again changes nothing. Never throws. */
  redact(text: string): Promise<string>;
  /** For logs: known values and patterns. */
  redactSync(text: string): string;
}

/** What stands where a secret was. */
export const placeholder = '[redacted]';

const withheld = '[withheld: this text could not be checked for secrets]';

/** `knownSecrets` is asked each time: secrets of this process, whole URLs included. */
export function createRedactor(options: { knownSecrets: () => readonly string[] }): Redactor {
  const redactKnown = knownValueRedactor(options.knownSecrets);

  function redactSync(text: string): string {
    return redactPatterns(redactKnown(stripUnsafeText(text), placeholder), placeholder);
  }

  async function pass(text: string): Promise<string> {
    const structural = redactJson(redactKnown(stripUnsafeText(text), placeholder), placeholder);
    const linted = await redactWithSecretlint(redactPatterns(structural, placeholder), placeholder);
    return redactEntropy(linted, placeholder);
  }

  return {
    redactSync: (text) => settle(text, redactSync),
    async redact(text) {
      try {
        let current = await pass(text);
        // Hiding one secret can uncover the shape of another; it settles in a pass or two.
        for (let round = 0; round < 3; round += 1) {
          const next = await pass(current);
          if (next === current) break;
          current = next;
        }
        return current;
      } catch {
        // Unchecked text goes nowhere.
        return withheld;
      }
    },
  };
}

function settle(text: string, apply: (text: string) => string): string {
  const once = apply(text);
  const twice = apply(once);
  return twice === once ? once : apply(twice);
}
