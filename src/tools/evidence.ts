/** The only door from a tool's output to anybody: redact, cap, store. */
import type { Store } from '../incident/store.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { capText } from './cap-text.ts';
import type { RecordEvidence } from './tool.ts';

export interface RecorderParts {
  evidence: Pick<Store['evidence'], 'add'>;
  redactor: Pick<Redactor, 'redact'>;
  incidentId: string;
  /** Characters that models, Slack and quotes see. Default 8000. */
  cap?: number;
}

/** Takes any text: binary, halves of characters, megabytes. Rejects only when the store does. */
export function createRecorder({ evidence, redactor, incidentId, cap = 8_000 }: RecorderParts): RecordEvidence {
  return async (specialist, tool, result) => {
    const fullText = await redactor.redact(capText(result.output, fullTextLimit, 'the rest was not stored'));
    return evidence.add(incidentId, {
      specialist,
      tool,
      command: oneLine(await redactor.redact(result.command)),
      text: capText(fullText, cap, 'read_evidence shows the rest by line numbers or by a text in it; or narrow the call with a name, a selector, a filter or a smaller window'),
      fullText,
      failed: result.failed ?? false,
    });
  };
}

const fullTextLimit = 2_000_000;

function oneLine(command: string): string {
  return capText(command.trim(), 4_000, 'the rest of the command').trim();
}
