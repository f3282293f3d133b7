/** A container's image can't be had: a tag that isn't there, a registry that can't be reached, or no right to pull. */
import type { FindingBody } from '../../incident/types.ts';
import { namespaceRule } from './scope.ts';
import type { Scope } from './scope.ts';
import { eventQuote, howMany, short, wayBack, workloadFinding } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export const imagePull = namespaceRule('image-pull', (scope) => troublesOf(scope).filter(({ failure }) => failure.kind === 'image').map((trouble) => describe(scope, trouble)));

function describe(scope: Scope, trouble: Trouble): FindingBody {
  const { workload, failure } = trouble;
  const name = failure.container?.name ?? '';
  const image = failure.pod.template.containers.find((one) => one.name === name)?.image ?? failure.container?.image ?? '';
  const { mechanism, says } = causeOf(failure.reason, failure.message);
  // A registry that is away, or a secret that is gone, is not cured by another tag of the same registry.
  const back = wayBack(scope, trouble, (one) => (one.field === 'image' && one.container === name) || one.field === 'container' || (mechanism !== 'image-not-found' && one.field === 'other'));
  return workloadFinding(scope, trouble, {
    mechanism,
    title: `${workload.name} can't start ${howMany(trouble)}: ${says(image)}`,
    explanation: `${failure.reason}: ${tail(failure.message)}. ${back === undefined ? 'No earlier revision with another image is known to have served, so no change is proposed.' : back.words}`,
    confidence: back === undefined ? 0.85 : back.serving ? 0.97 : 0.9,
    quotes: [...(back?.quotes ?? []), ...eventQuote(scope, failure.pod.name, 'Failed', image)],
    remedy: back?.remedy,
  });
}

/** The registry's own words come last. */
function tail(message: string): string {
  const text = short(message, 2_000);
  return text.length <= 260 ? text : `...${text.slice(-257)}`;
}

function causeOf(reason: string, message: string): { mechanism: string; says(image: string): string } {
  if (reason === 'InvalidImageName') return { mechanism: 'image-name-invalid', says: (image) => `${image} is no valid image name` };
  if (/unauthorized|authentication required|no basic auth|pull access denied|denied: requested access|authorization failed|403 Forbidden|401 Unauthorized/i.test(message) && !/may require|does not exist/i.test(message)) {
    return { mechanism: 'image-pull-unauthorized', says: (image) => `the registry does not let it pull ${image}` };
  }
  if (/no such host|connection refused|i\/o timeout|dial tcp|TLS handshake|deadline exceeded|server misbehaving|503 Service|502 Bad/i.test(message)) return { mechanism: 'registry-unreachable', says: (image) => `the registry of ${image} can't be reached` };
  if (/not found|manifest unknown|NotFound|does not exist|not present/i.test(message)) return { mechanism: 'image-not-found', says: (image) => `there is no image ${image}` };
  return { mechanism: 'image-pull-failing', says: (image) => `image ${image} can't be pulled` };
}
