/** What the rules saw of a broken world, twice, and the truth about it: work on rules goes on from here without a world. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Ask, Truth } from '../../../playground/scenarios/scenario.ts';
import type { Readings } from '../../../src/rules/readings.ts';

export interface SavedLook {
  scenario: string;
  seed: number;
  ask: Ask;
  truth: Truth;
  /** A sre-agent.yaml, and the variables it names (paths and URLs of a world that is gone). */
  configuration: string;
  environment: Record<string, string>;
  /** The first look, and one some seconds later. */
  looks: Readings[];
}

export function saveLook(directory: string, look: SavedLook): void {
  writeFileSync(path.join(directory, `${look.scenario}-${look.seed}.json`), JSON.stringify(look));
}

/** In the order of their names. Throws for a file that is no saved look. */
export function savedLooks(directory: string): SavedLook[] {
  return readdirSync(directory).filter((name) => name.endsWith('.json')).sort().map((name) => JSON.parse(readFileSync(path.join(directory, name), 'utf8')) as SavedLook);
}
