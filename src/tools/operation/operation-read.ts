import { z } from 'zod';
import { NoAnswerError } from '../../changes/actions/http-operation/call.ts';
import { readCall, refuseParameters, render } from '../../changes/actions/http-operation/request.ts';
import { readState } from '../../changes/actions/http-operation/state.ts';
import { RefusedError } from '../../changes/errors.ts';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { OperationTarget, Targets } from '../../config/targets.ts';
import { placeholder } from '../../redaction/redactor.ts';
import { isSecretVariable } from '../../redaction/secret-names.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool } from '../tool.ts';

export function operationRead(targets: Targets): Tool {
  const { operations } = targets;
  return defineTool({
    name: 'operation_read',
    description: `Reads the present state that a configured operation would change, and changes nothing. Operations: ${operations.map(describe).join('; ')}`,
    specialists: ['generic', 'service'],
    input: z.strictObject({
      operation: oneOf(operations.map(({ name }) => name)).describe('Name of the configured operation'),
      parameters: z.record(z.string().max(100), z.string().max(2_000)).default({}).describe('Those its read needs; the new value is not among them'),
    }),
    async run({ operation: name, parameters }, { signal }) {
      const operation = operations.find((one) => one.name === name);
      if (operation === undefined) return { command: `read ${name}`, output: `There is no operation ${name}.`, failed: true };
      const reading = readingPart(operation);
      let command = `GET ${operation.read.url}`;
      try {
        refuseParameters({ kind: 'http.operation', operation: name, parameters }, reading);
        command = render(readCall(reading.read.url, parameters), undefined);
        const { value, revision } = await readState(reading, parameters, { targets, signal, applicationName: 'sre-agent', checkpoint: async () => signal.throwIfAborted() });
        // Of a URL the redactor hides the credentials alone: where it points is what people look for.
        const secret = value !== null && !URL.canParse(value) && Object.values(parameters).some(isSecretVariable);
        return { command, output: `${value === null ? 'not set' : secret ? placeholder : value}${revision === undefined ? '' : `\n(revision ${revision})`}` };
      } catch (error) {
        if (error instanceof RefusedError || error instanceof NoAnswerError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
        throw error;
      }
    },
  });
}

/** The operation with the parameters of its read alone: a value to be set need not be named to look. */
function readingPart(operation: OperationTarget): OperationTarget {
  const needed = new Set([...`${operation.read.url} ${operation.read.value}`.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map((match) => match[1]));
  return { ...operation, parameters: Object.fromEntries(Object.entries(operation.parameters).filter(([name]) => needed.has(name))) };
}

function describe(operation: OperationTarget): string {
  const parameters = Object.entries(readingPart(operation).parameters).map(([name, { enum: choices, pattern }]) => `${name}: ${choices === undefined ? `matches ${pattern ?? 'nothing'}` : choices.join(' | ')}`);
  return `${operation.name} (${operation.description.slice(0, 200)}${parameters.length === 0 ? '' : `; ${parameters.join(', ')}`})`;
}
