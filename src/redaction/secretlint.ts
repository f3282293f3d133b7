/** Tokens of known services, by secretlint's rules. */
import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

// Its profiler keeps every measurement for ever and searches all of them at each new one: not in a process that stays up.
secretLintProfiler.mark = () => undefined;

export async function redactWithSecretlint(text: string, placeholder: string): Promise<string> {
  const { messages } = await lintSource({
    source: { filePath: 'evidence.txt', content: text, contentType: 'text', ext: '.txt' },
    options: { config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] }, noPhysicFilePath: true },
  });
  const ranges = messages.map((message) => message.range).sort((a, b) => a[0] - b[0]);
  let result = '';
  let at = 0;
  for (const [start, end] of ranges) {
    if (end <= at || text.slice(start, end).includes(placeholder)) continue;
    result += start < at ? '' : text.slice(at, start) + placeholder;
    at = end;
  }
  return result + text.slice(at);
}
