/** Config maps, secrets, service accounts. */
import { Buffer } from 'node:buffer';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { validateConfigMap, validateConfigMapUpdate, validateSecret, validateSecretUpdate } from './validation/configuration.ts';
import type { Secret } from '../../objects/types.ts';

export const configurationStrategies: Record<string, Strategy> = {
  configmaps: strategy({
    validate: (object) => validateConfigMap(as(object, 'configmaps')),
    validateUpdate: (next, previous) => validateConfigMapUpdate(as(next, 'configmaps'), as(previous, 'configmaps')),
  }),
  secrets: strategy({
    defaults: (object) => setSecretDefaults(as(object, 'secrets')),
    validate: (object) => validateSecret(as(object, 'secrets')),
    validateUpdate: (next, previous) => validateSecretUpdate(as(next, 'secrets'), as(previous, 'secrets')),
    selectableFields: (object) => ({ type: as(object, 'secrets').type ?? '' }),
  }),
  serviceaccounts: strategy({}),
};

/** Plain text goes in among the encoded data; a secret without type is an opaque one. */
function setSecretDefaults(secret: Secret): void {
  if (secret.stringData !== undefined) {
    secret.data = { ...secret.data, ...Object.fromEntries(Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])) };
    delete secret.stringData;
  }
  secret.type ??= 'Opaque';
}
