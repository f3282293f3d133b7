/** An API server without its network side, with a namespace `shop` and its default service account. */
import { bootstrapAccess } from '../../../../playground/cluster/access/bootstrap.ts';
import { createAdmission } from '../../../../playground/cluster/admission/index.ts';
import { StatusError } from '../../../../playground/cluster/api/status.ts';
import type { UserInfo } from '../../../../playground/cluster/access/user.ts';
import type { WriteOptions } from '../../../../playground/cluster/api/verbs.ts';
import { createControlPlane } from '../../../../playground/cluster/control-plane.ts';
import { customResources } from '../../../../playground/cluster/custom/index.ts';
import type { StoredObject } from '../../../../playground/cluster/objects/object.ts';

const administrator: UserInfo = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

export const createPlane = () => {
  const plane = createControlPlane({ log: () => undefined, admission: createAdmission });
  const { machinery: { store, registry }, verbs } = plane;
  const stops = [bootstrapAccess(store, Date.now()), customResources({ store, registry }), () => plane.stop()];
  const definitionOf = (key: string) => {
    const definition = registry.byKey(key);
    if (definition === undefined) throw new Error(`${key} is not served.`);
    return definition;
  };
  const caller = (user: UserInfo) => ({ user, manager: 'test', warn: () => undefined });
  const create = (key: string, body: object, { namespace = 'shop', user = administrator, ...options }: WriteOptions & { namespace?: string; user?: UserInfo } = {}): StoredObject => {
    const definition = definitionOf(key);
    const head = { apiVersion: definition.group === '' ? definition.version : `${definition.group}/${definition.version}`, kind: definition.kind };
    return verbs.create(definition, definition.namespaced ? namespace : undefined, { ...head, ...body }, caller(user), options);
  };
  const remove = (key: string, name: string, namespace: string | undefined = 'shop') => {
    const definition = definitionOf(key);
    return verbs.delete({ definition, namespace: definition.namespaced ? namespace : undefined, name }, {}, caller(administrator));
  };
  const update = (key: string, name: string, change: (copy: StoredObject) => void, options: WriteOptions = {}) => {
    const definition = definitionOf(key);
    const place = { definition, namespace: definition.namespaced ? 'shop' : undefined, name };
    const copy = structuredClone(verbs.get(place));
    change(copy);
    return verbs.update(place, copy, caller(administrator), options);
  };
  create('namespaces', { metadata: { name: 'shop' } });
  create('serviceaccounts', { metadata: { name: 'default' } });
  return { ...plane, store, registry, create, remove, update, stop: () => stops.forEach((stop) => stop()) };
};

export type Plane = ReturnType<typeof createPlane>;

/** What the server answers when it refuses. */
export const refusal = (action: () => unknown): { code: number; message: string; reason?: string | undefined } => {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return { code: error.status.code, message: error.message, reason: error.status.reason };
    throw error;
  }
  throw new Error('It was not refused.');
};

export const pod = (name: string, resources: object = {}, spec: object = {}) => ({ metadata: { name }, spec: { containers: [{ name: 'main', image: 'registry.local/busybox:1', resources }], ...spec } });
