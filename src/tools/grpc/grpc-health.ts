import { z } from 'zod';
import type { ServiceTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { RequestRefusedError } from '../http/allowed-url.ts';
import type { Tool } from '../tool.ts';
import type { HealthCall } from './health-call.ts';
import { callHealth } from './health-call.ts';

const timeoutMilliseconds = 5_000;

export function grpcHealth(services: readonly ServiceTarget[], timeout = timeoutMilliseconds): Tool {
  return defineTool({
    name: 'grpc_health',
    description: 'Asks the standard health service (grpc.health.v1) at the address of a configured service whether it, or one gRPC service in it, is serving; shows how long connecting and answering took. For services that speak gRPC only.',
    specialists: ['service', 'network'],
    input: z.strictObject({
      service: oneOf(services.map(({ name }) => name)).describe('Name of the configured service'),
      grpc_service: z.string().regex(/^[A-Za-z_][\w.]{0,119}$/, 'must be a full name such as shop.v1.Checkout').optional().describe('Full name of one gRPC service; the whole server when left out'),
    }),
    async run({ service, grpc_service: name = '' }, { signal }) {
      const target = services.find((one) => one.name === service);
      const command = `grpc_health_probe -addr=${target === undefined || !URL.canParse(target.url) ? service : new URL(target.url).host}${name === '' ? '' : ` -service=${name}`}`;
      if (target === undefined) return { command, output: `There is no service ${service}.`, failed: true };
      try {
        const call = await callHealth({ url: target.url, service: name, timeoutMilliseconds: timeout, signal });
        return { command, output: `${verdict(call, name)}\n(${timing(call)})`, failed: call.serving === undefined };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        throw error;
      }
    },
  });
}

const servingNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

function verdict({ serving, code, message, httpStatus, contentType, error }: HealthCall, name: string): string {
  const what = name === '' ? 'the server as a whole' : name;
  if (error !== undefined) return `no answer: ${error.code}, ${error.message}${advice(error.code)}`;
  if (httpStatus !== undefined && (code === undefined || httpStatus !== 200)) return `no gRPC answer: HTTP ${httpStatus}${contentType === undefined || contentType === '' ? '' : `, ${contentType.slice(0, 100)}`}. It speaks HTTP/2 there, and something other than gRPC answers (a proxy, or a web server).`;
  if (code === 12) return 'gRPC status 12 UNIMPLEMENTED: it speaks gRPC and has no health service. Whether it works must be seen elsewhere: its metrics, its log, those who call it.';
  if (code === 5) return `gRPC status 5 NOT_FOUND: its health service does not know ${what}.`;
  if (code !== undefined && code !== 0) return `gRPC status ${code} ${codeNames[code] ?? ''}${message === undefined || message === '' ? '' : `: ${message}`}`;
  if (serving === undefined) return 'The answer is no health status.';
  return `${what} is ${servingNames[serving] ?? `of an unknown status ${serving}`}`;
}

const codeNames: Record<number, string | undefined> = { 1: 'CANCELLED', 2: 'UNKNOWN', 3: 'INVALID_ARGUMENT', 4: 'DEADLINE_EXCEEDED', 6: 'ALREADY_EXISTS', 7: 'PERMISSION_DENIED', 8: 'RESOURCE_EXHAUSTED', 9: 'FAILED_PRECONDITION', 10: 'ABORTED', 11: 'OUT_OF_RANGE', 13: 'INTERNAL', 14: 'UNAVAILABLE', 15: 'DATA_LOSS', 16: 'UNAUTHENTICATED' };

function advice(code: string): string {
  if (code === 'ECONNREFUSED') return ' (the host is up and nothing listens on that port)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ' (the name was not resolved; see whether DNS is well)';
  if (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code)) return ' (its certificate is not trusted; look at the certificate and its chain)';
  if (/HTTP2|ECONNRESET|PROTOCOL|GOAWAY|WRONG_VERSION/.test(code)) return ' (it may not speak HTTP/2 on that port, and so no gRPC)';
  return '';
}

function timing({ connected, answered, milliseconds, address }: HealthCall): string {
  return [...(connected === undefined ? ['not connected'] : [`connected after ${Math.round(connected)} ms`]), ...(answered === undefined ? [] : [`answered ${Math.round(answered)} ms later`]), `${Math.round(milliseconds)} ms in all`, ...(address === undefined ? [] : [`from ${address}`])].join(', ');
}
