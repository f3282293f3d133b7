/** pods/log: plain text, as it comes. */
import { Writable } from 'node:stream';
import type { LogOptions, PodRuntime } from '../../kubelet/runtime.ts';
import type { ObjectOf } from '../../objects/object.ts';
import type { FieldError } from '../../resources/resource.ts';
import { invalid } from '../status.ts';
import { containerOf } from '../subresources/container.ts';
import type { Verbs } from '../verbs.ts';
import { sendText } from './answer.ts';
import { flag } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { SpecialHandler } from './handler.ts';

/** With follow, a client wants to hear that the log is there before its first line is. */
const headersAfterMilliseconds = 50;

export function logHandler(verbs: Verbs, runtime: PodRuntime): SpecialHandler {
  return ({ definition, namespace, name, subresource }, verb, exchange) => {
    if (subresource?.name !== 'log' || definition.plural !== 'pods' || verb !== 'get') return undefined;
    const run = async (): Promise<void> => {
      const pod = verbs.get({ definition, namespace, name }) as ObjectOf<'pods'>;
      const options = logOptionsOf(name, exchange.query);
      const container = containerOf(pod, exchange.query.get('container'));
      if ((pod.spec?.nodeName ?? '') === '') return sendText(exchange, 200, '', 'text/plain');
      await stream(exchange, (output) => runtime.logs(pod, container, options, output, exchange.signal));
    };
    return run();
  };
}

async function stream({ response, signal }: Exchange, write: (output: Writable) => Promise<void>): Promise<void> {
  const begin = (): void => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
  };
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      begin();
      if (response.destroyed) done();
      else if (response.write(chunk)) done();
      else {
        const proceed = (): void => {
          response.off('drain', proceed);
          response.off('close', proceed);
          done();
        };
        response.on('drain', proceed);
        response.on('close', proceed);
      }
    },
  });
  output.on('error', () => undefined);
  const timer = setTimeout(begin, headersAfterMilliseconds);
  try {
    await write(output);
    if (output.writableLength > 0 && !signal.aborted) await new Promise<void>((resolve) => output.end(resolve));
  } catch (error) {
    if (!response.headersSent) throw error;
    response.write(`${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    clearTimeout(timer);
  }
  begin();
  response.end();
}

function logOptionsOf(pod: string, query: URLSearchParams): LogOptions {
  const errors: FieldError[] = [];
  const count = (field: string, least: number): number | undefined => {
    const text = query.get(field);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) errors.push({ reason: 'FieldValueInvalid', field, detail: `Invalid value: ${text}: must be greater than ${least === 0 ? 'or equal to 0' : '0'}` });
    return value;
  };
  const tailLines = count('tailLines', 0);
  const limitBytes = count('limitBytes', 1);
  const sinceSeconds = count('sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  if (sinceSeconds !== undefined && sinceTime !== null && sinceTime !== '') {
    errors.push({ reason: 'FieldValueForbidden', field: '', detail: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified' });
  }
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, pod, errors);
  const since = sinceSeconds !== undefined ? Date.now() - sinceSeconds * 1000 : sinceTime !== null && sinceTime !== '' ? Date.parse(sinceTime) : undefined;
  return {
    follow: flag(query, 'follow'), previous: flag(query, 'previous'), timestamps: flag(query, 'timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }), ...(limitBytes === undefined ? {} : { limitBytes }), ...(since === undefined || Number.isNaN(since) ? {} : { since }),
  };
}
