/** The short hash that tells one version of a pod template from another: 8 to 10 characters without vowels. */

/** Same for templates that differ only in the order of their keys. `collisions`: how often that hash was taken already. */
export function podTemplateHash(template: unknown, collisions = 0): string {
  let hash = 0x811c9dc5;
  const text = canonicalText(template) + (collisions === 0 ? '' : String(collisions));
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return Array.from(String(hash).padStart(8, '1'), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).toSorted(([first], [second]) => (first < second ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalText(field)}`).join(',')}}`;
}
