/** Kubernetes' answer to what it can't or won't do. */
import type { Status } from '../objects/types.ts';
import type { FieldError } from '../resources/resource.ts';

export class StatusError extends Error {
  readonly status: Status & { code: number };
  constructor(status: Partial<Status> & { code: number; message: string }) {
    super(status.message);
    this.status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...status };
  }
}

type Named = { group: string; plural: string };

const details = ({ group, plural }: Named, name: string) => ({ name, ...(group === '' ? {} : { group }), kind: plural });
const qualified = ({ group, plural }: Named): string => (group === '' ? plural : `${plural}.${group}`);

export const notFound = (resource: Named, name: string): StatusError =>
  new StatusError({ code: 404, reason: 'NotFound', message: `${qualified(resource)} "${name}" not found`, details: details(resource, name) });

export const alreadyExists = (resource: Named, name: string): StatusError =>
  new StatusError({ code: 409, reason: 'AlreadyExists', message: `${qualified(resource)} "${name}" already exists`, details: details(resource, name) });

export const conflict = (resource: Named, name: string, why: string): StatusError =>
  new StatusError({ code: 409, reason: 'Conflict', message: `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, details: details(resource, name) });

export const forbidden = (resource: Named, name: string, why: string): StatusError =>
  new StatusError({
    code: 403, reason: 'Forbidden',
    message: `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    details: { ...(name === '' ? {} : { name }), ...(resource.group === '' ? {} : { group: resource.group }), kind: resource.plural },
  });

export const invalid = (kind: { group: string; kind: string }, name: string, errors: FieldError[]): StatusError => {
  const texts = errors.map((error) => `${error.field}: ${error.detail}`);
  const [first = ''] = texts;
  return new StatusError({
    code: 422, reason: 'Invalid',
    message: `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}" is invalid: ${texts.length > 1 ? `[${texts.join(', ')}]` : first}`,
    details: {
      name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.kind,
      causes: errors.map((error) => ({ reason: error.reason, message: error.detail, field: error.field })),
    },
  });
};

export const badRequest = (message: string): StatusError => new StatusError({ code: 400, reason: 'BadRequest', message });

export const gone = (message: string): StatusError => new StatusError({ code: 410, reason: 'Expired', message });
