/** Config maps and secrets. */
import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import type { Stored } from '../../../objects/object.ts';
import type { ConfigMap, Secret } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { configKeyErrors } from './containers.ts';
import { forbiddenField, invalidValue, required, tooLong } from './errors.ts';
import { unchanged } from './selectors.ts';

const mostBytes = 1024 * 1024;

export function validateConfigMap({ data = {}, binaryData = {} }: Stored<ConfigMap>): FieldError[] {
  const bytes = sum(Object.values(data).map((text) => Buffer.byteLength(text))) + sum(Object.values(binaryData).map(decodedLength));
  return [
    ...Object.keys(data).flatMap((key) => [...configKeyErrors(key, `data[${key}]`), ...(Object.hasOwn(binaryData, key) ? [invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')] : [])]),
    ...Object.keys(binaryData).flatMap((key) => configKeyErrors(key, `binaryData[${key}]`)),
    ...(bytes > mostBytes ? [tooLong('[]', mostBytes)] : []),
  ];
}

export function validateConfigMapUpdate(next: Stored<ConfigMap>, previous: Stored<ConfigMap>): FieldError[] {
  return frozen(next, previous, ['data', 'binaryData']);
}

export function validateSecret({ metadata, data = {}, type }: Stored<Secret>): FieldError[] {
  const bytes = sum(Object.values(data).map(decodedLength));
  return [
    ...Object.keys(data).flatMap((key) => configKeyErrors(key, `data[${key}]`)),
    ...(bytes > mostBytes ? [tooLong('data', mostBytes)] : []),
    ...typeErrors(type ?? '', data, metadata.annotations ?? {}),
  ];
}

export function validateSecretUpdate(next: Stored<Secret>, previous: Stored<Secret>): FieldError[] {
  return [...unchanged(next.type, previous.type, 'type'), ...frozen(next, previous, ['data'])];
}

function typeErrors(type: string, data: Record<string, string>, annotations: Record<string, string>): FieldError[] {
  const needs = (...keys: string[]): FieldError[] => keys.filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const field = 'metadata.annotations[kubernetes.io/service-account.name]';
      return (annotations['kubernetes.io/service-account.name'] ?? '') === '' ? [required(field)] : [];
    }
    case 'kubernetes.io/dockerconfigjson': {
      const missing = needs('.dockerconfigjson');
      return missing.length > 0 ? missing : jsonErrors(data['.dockerconfigjson'] ?? '', 'data[.dockerconfigjson]');
    }
    case 'kubernetes.io/tls': return needs('tls.crt', 'tls.key');
    case 'kubernetes.io/ssh-auth': return needs('ssh-privatekey');
    case 'kubernetes.io/basic-auth': return 'username' in data || 'password' in data ? [] : needs('username', 'password');
    default: return [];
  }
}

function jsonErrors(encoded: string, field: string): FieldError[] {
  try {
    JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    return [];
  } catch {
    return [invalidValue(field, '<secret contents redacted>', "invalid character '\\x00' looking for beginning of value")];
  }
}

function frozen(next: { immutable?: boolean } & Record<string, unknown>, previous: { immutable?: boolean } & Record<string, unknown>, fields: readonly string[]): FieldError[] {
  if (previous.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(next.immutable === true ? [] : [forbiddenField('immutable', why)]),
    ...fields.filter((field) => !isDeepStrictEqual({ ...(next[field] as object | undefined) }, { ...(previous[field] as object | undefined) })).map((field) => forbiddenField(field, why)),
  ];
}

function decodedLength(encoded: string): number {
  return Buffer.byteLength(encoded, 'base64');
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
