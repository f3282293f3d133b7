/** Whether an object existed before: the manifest of a Helm release of its namespace holds it, word for word. */
import type { ClusterAction } from '../../action.ts';
import type { KindContext } from '../kind.ts';
import { readHistory, readManifest } from '../helm-rollback/release.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { isObject, sameJson } from '../kubectl/json-patch.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { openHelm, ProgramError } from '../kubectl/kubectl.ts';
import { nameOf, textAt, textsAt } from '../kubectl/objects.ts';
import { RefusedError } from '../../errors.ts';
import { releaseName } from '../../../tools/kubectl/names.ts';

export interface Origin {
  release: string;
  revision: number;
}

/** Undefined when the release that the manifest names in its annotations is not there, can't be read, or has it otherwise. */
export async function originOf(manifest: JsonObject, action: ClusterAction & { namespace: string }, context: KindContext): Promise<Origin | undefined> {
  const annotations = textsAt(manifest, '/metadata/annotations');
  const release = releaseName.safeParse(annotations[helmName]);
  if (!release.success || annotations[helmNamespace] !== action.namespace) return undefined;
  const helm = openHelm(action, context);
  try {
    const latest = (await readHistory(release.data, helm)).at(-1);
    if (latest?.status !== 'deployed') return undefined;
    return (await holds(release.data, latest.revision, manifest, action.namespace, helm)) ? { release: release.data, revision: latest.revision } : undefined;
  } catch (error) {
    if (error instanceof ProgramError || error instanceof RefusedError) return undefined;
    throw error;
  }
}

const helmName = 'meta.helm.sh/release-name';
const helmNamespace = 'meta.helm.sh/release-namespace';

async function holds(release: string, revision: number, manifest: JsonObject, namespace: string, helm: Program): Promise<boolean> {
  const { objects } = await readManifest(release, revision, helm);
  return [...objects.values()].some((one) => one['kind'] === manifest['kind'] && nameOf(one) === nameOf(manifest) && sameJson(asInstalled(one, release, namespace), asInstalled(manifest, release, namespace)));
}

/** helm writes these three on everything that it installs. */
function asInstalled(object: JsonObject, release: string, namespace: string): JsonObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  if ((textAt(object, '/metadata/namespace') ?? namespace) !== namespace) return {};
  return {
    ...object,
    metadata: {
      ...metadata, namespace,
      labels: { ...textsAt(object, '/metadata/labels'), 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...textsAt(object, '/metadata/annotations'), [helmName]: release, [helmNamespace]: namespace },
    },
  };
}
