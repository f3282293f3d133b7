/** What the API server puts behind a generateName. */
import { randomInt } from 'node:crypto';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export const randomSuffix = (length = 5): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
