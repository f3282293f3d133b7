/** The typed changes of Helm releases. */
import { z } from 'zod';
import { labelName, releaseName } from '../tools/kubectl/names.ts';

const target = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a cluster in sre-agent.yaml').describe('Name of the cluster');
const namespace = labelName.describe('One of the namespaces of the cluster');

export const helmRollbackSchema = z.object({
  kind: z.literal('helm.rollback').describe('Puts a Helm release back to one of its earlier revisions'),
  target, namespace,
  release: releaseName,
  to_revision: z.number().int().min(1).max(1_000_000_000).describe('The exact revision from the history of the release'),
});

export const helmActions = [helmRollbackSchema] as const;
