import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBinary } from '../../src/process/find-binary.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-binary-'));
  await mkdir(join(folder, 'a', 'tool'), { recursive: true });
  await mkdir(join(folder, 'b'));
  await writeFile(join(folder, 'b', 'tool'), '#!/bin/true\n');
  await chmod(join(folder, 'b', 'tool'), 0o755);
  await writeFile(join(folder, 'b', 'text'), 'no program');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('takes the first program on PATH, passing over folders and relative entries', () => {
  expect(findBinary('tool', { path: `.:b:${join(folder, 'a')}:${join(folder, 'b')}` })).toBe(join(folder, 'b', 'tool'));
});

test('takes the configured path, and only if it is an absolute program', () => {
  expect(findBinary('tool', { configured: join(folder, 'b', 'tool'), path: '' })).toBe(join(folder, 'b', 'tool'));
  for (const configured of ['b/tool', join(folder, 'b', 'text'), join(folder, 'nothing')]) {
    expect(() => findBinary('tool', { configured })).toThrow(expect.objectContaining({ code: 'BINARY_NOT_FOUND', message: expect.stringContaining(configured) as string }));
  }
});

test('says what to do when there is none', () => {
  expect(() => findBinary('tool', { path: join(folder, 'a') })).toThrow(/install it, or configure its absolute path/);
});
