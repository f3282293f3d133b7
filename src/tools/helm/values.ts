import { stringify } from 'yaml';
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { redactPatterns } from '../../redaction/patterns.ts';
import { placeholder } from '../../redaction/redactor.ts';
import { isSecretName, isSecretVariable } from '../../redaction/secret-names.ts';
import { shownCommand } from '../kubectl/argv.ts';
import { checkedTool } from '../kubectl/checked-tool.ts';
import type { Client } from '../kubectl/client.ts';
import { fieldDifferences } from '../kubectl/field-differences.ts';
import { shownPlace, toResult } from '../kubectl/look.ts';
import { releaseName } from '../kubectl/names.ts';
import { findPlace, placeFields } from '../kubectl/place.ts';
import type { Tool } from '../tool.ts';
import { valuesArgv } from './argv.ts';

const maxBytes = 4 * 1024 * 1024;
const revisionNumber = z.number().int().min(1).max(1_000_000);

export function helmValues(clusters: readonly ClusterTarget[], client: Client): Tool {
  return checkedTool({
    name: 'helm_values',
    description: 'The values that one Helm release was given (with `all`, those of its chart too), or what of them changed between two revisions: `revision` against `compare_with`. Values whose name or content looks secret are hidden.',
    specialists: ['kubernetes'],
    input: z.strictObject({
      ...placeFields(clusters),
      release: releaseName.describe('Name of the release'),
      revision: revisionNumber.optional().describe('Of this revision; the newest when left out'),
      compare_with: revisionNumber.optional().describe('Show only what differs from this revision'),
      all: z.boolean().optional().describe('With the chart\'s own values'),
    }),
    plan(input) {
      const place = findPlace(clusters, input);
      return typeof place === 'string' ? place : { ...input, place };
    },
    async run({ place, release, revision, compare_with: other, all }, { signal }) {
      const look = { release, all: all === true };
      const shown = (of: number | undefined): string => shownCommand(shownPlace(clusters, place), ['get', 'values', release, ...(of === undefined ? [] : ['--revision', String(of)]), ...(all === true ? ['--all'] : [])], 'helm');
      const answer = await client(place, (where) => valuesArgv(where, { ...look, revision }), { maxBytes, signal });
      if (other === undefined || answer.failed) return toResult(shown(revision), answer, valuesText);
      const before = await client(place, (where) => valuesArgv(where, { ...look, revision: other }), { maxBytes, signal });
      const command = `${shown(revision)} # against revision ${other}`;
      return before.failed ? toResult(command, before) : toResult(command, answer, (text) => differencesText(before.text, text));
    },
  });
}

/** Both throw SyntaxError when it is no JSON. */
export function valuesText(json: string): string {
  const values = JSON.parse(json) as unknown;
  const isEmpty = typeof values !== 'object' || values === null || Object.keys(values).length === 0;
  return isEmpty ? '(no values were given: the chart\'s own hold)' : stringify(withoutSecretValues(values), { lineWidth: 0 }).trimEnd();
}

export function differencesText(before: string, after: string): string {
  const lines = fieldDifferences(JSON.parse(before) as unknown, JSON.parse(after) as unknown, withoutSecretValues);
  return lines.length === 0 ? '(the values are the same)' : lines.join('\n');
}

/** The same shape. A broader net than for objects of the cluster: charts name their keys as they like. */
export function withoutSecretValues(value: unknown, hidden = false): unknown {
  if (typeof value === 'string') return hidden && value !== '' ? placeholder : redactPatterns(value, placeholder);
  if (typeof value === 'number') return hidden ? placeholder : value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSecretValues(item, hidden || isSecretPair(item)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutSecretValues(child, isShown(key) ? false : hidden || isSecretKey(key) || (key === 'value' && isSecretPair(value)))]));
}

function isSecretKey(key: string): boolean {
  return isSecretName(key) || isSecretVariable(key);
}

/** `{ name: DB_PASSWORD, value: ... }`. */
function isSecretPair(item: unknown): boolean {
  const { name, key } = (typeof item === 'object' && item !== null ? item : {}) as { name?: unknown; key?: unknown };
  return [name, key].some((one) => typeof one === 'string' && isSecretVariable(one));
}

/** Names of Secrets and of their keys say where to look, and hold nothing. */
function isShown(key: string): boolean {
  return key === 'name' || key === 'key' || /^existing\w*Secret$|Secret(?:Key)?Name$|SecretRef$|SecretKeyRef$|^imagePullSecrets$/i.test(key);
}
