/** The typed changes of Helm releases. */
import { z } from 'zod';
import { targetNamed } from './action-fields.ts';
import { labelName, releaseName } from '../tools/kubectl/names.ts';

const target = targetNamed('cluster').describe('Name of the cluster');
const namespace = labelName.describe('One of the namespaces of the cluster');

export const helmRollbackSchema = z.object({
  kind: z.literal('helm.rollback').describe('Puts a Helm release back to one of its earlier revisions'),
  target, namespace,
  release: releaseName,
  to_revision: z.number().int().min(1).max(1_000_000_000).optional().describe('The exact revision from the history of the release. Left out only where the history can not be read: then the preview names the last one that was deployed before the present one, and that is what is approved'),
});

/** No braces, quotes or line ends, and nothing that YAML reads as more than a text: a template may write it out as it is. */
const valueText = z.string().max(500).regex(/^(?:[A-Za-z0-9./][A-Za-z0-9 ._:/@+=-]*)?$/, 'letters, digits, spaces and . _ : / @ + = -').refine((value) => !/[:-](?: |$)|^ | $/.test(value), 'no colon or dash before a space or at the end');

export const helmUpgradeValueSchema = z.object({
  kind: z.literal('helm.upgrade_value').describe('Upgrades a Helm release with exactly one of its values changed, the chart as it is'),
  target, namespace,
  release: releaseName,
  key: z.string().max(200).regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}(\.[A-Za-z_][A-Za-z0-9_-]{0,62}){0,7}$/, 'names with dots between them: resources.limits.memory').describe('An existing value of the release'),
  value: z.union([valueText, z.number(), z.boolean()]).describe('Of the same type as the value that is there'),
});

export const helmActions = [helmRollbackSchema, helmUpgradeValueSchema] as const;
