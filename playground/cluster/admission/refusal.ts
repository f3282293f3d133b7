/** How admission says no. */
import { forbidden } from '../api/status.ts';
import type { StatusError } from '../api/status.ts';
import type { AdmissionRequest } from './admission.ts';

export const refused = ({ definition, name, object }: AdmissionRequest, why: string): StatusError =>
  forbidden(definition, name || object?.metadata.generateName || 'Unknown', why);

/** Several reasons as Kubernetes joins them: `[a, b]`, one alone as it is. */
export const joined = (reasons: readonly string[]): string => (reasons.length === 1 ? reasons[0] ?? '' : `[${[...new Set(reasons)].join(', ')}]`);
