/** What one value may do to a release: tune, switch, move to another version; never what runs otherwise, or with other rights. */
import { RefusedError } from '../../errors.ts';
import { newDestinationsIn } from '../kubectl/destinations.ts';
import type { Json, Operation } from '../kubectl/json-patch.ts';
import { at, difference, pathsIn } from '../kubectl/json-patch.ts';
import { rightsWord } from '../kubectl/rights.ts';
import { refuseVariable } from '../kubectl/variables.ts';
import type { Manifest } from '../helm-rollback/release.ts';
import { plain } from '../words.ts';

/** Throws RefusedError. Returns the places outside that come with it. */
export function refuseEffects(present: Manifest, next: Manifest): string[] {
  const places: string[] = [];
  for (const key of new Set([...present.objects.keys(), ...next.objects.keys()])) {
    const [before, after] = [present.objects.get(key), next.objects.get(key)];
    for (const operation of difference(before, after)) {
      if (key.startsWith('Secret/')) throw new RefusedError(`It would change ${key}: sre-agent neither shows nor carries secrets. Change it by hand.`);
      refuseOperation(operation, key, before, after);
    }
    places.push(...newDestinationsIn(before, after));
  }
  return [...new Set(places)];
}

function refuseOperation({ op, path }: Operation, key: string, before: Json | undefined, after: Json | undefined): void {
  const value = at(op === 'remove' ? before : after, path);
  const touched = pathsIn(path, value).filter((one) => !one.endsWith('/image'));
  const images = pathsIn(path, value).filter((one) => one.endsWith('/image'));
  const word = op === 'remove' ? undefined : rightsWord(touched, !key.startsWith('Ingress/'));
  if (word !== undefined) throw new RefusedError(`It would change ${word} in ${key}, which decides what runs and with which rights: upgrade it by hand.`);
  if (op === 'remove') return;
  for (const image of images) {
    const [was, willBe] = [at(before, image), at(after, image)];
    if (typeof was !== 'string' || typeof willBe !== 'string' || repositoryOf(was) !== repositoryOf(willBe)) throw new RefusedError(`It would run another image in ${key}: ${plain(String(willBe), 200)}. Only another tag or digest of the same one may come this way.`);
  }
  for (const entry of new Set(pathsIn(path, value).flatMap((one) => /^.*\/env\/\d+(?=\/|$)/.exec(one)?.[0] ?? []))) {
    const [name, text] = [at(after, `${entry}/name`), at(after, `${entry}/value`)];
    if (typeof name === 'string') refuseVariable(name, typeof text === 'string' ? text : '');
  }
}

const repositoryOf = (image: string): string => image.replace(/@sha256:[a-f0-9]+$/, '').replace(/:[^:/]+$/, '');
