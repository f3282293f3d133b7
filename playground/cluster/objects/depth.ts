/** How deeply values may be nested: everything that walks an object does so recursively. */
export const deepestNesting = 300;

/** Without recursion, so that it can look at anything. */
export function isTooDeep(value: unknown, limit = deepestNesting): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Of text in YAML, before a parser that recurses reads it: brackets, list items in one line, indentation. */
export function looksTooDeep(yaml: string, limit = deepestNesting): boolean {
  let open = 0;
  for (const bracket of yaml.matchAll(/[[\]{}]/g)) {
    open = bracket[0] === '[' || bracket[0] === '{' ? open + 1 : Math.max(0, open - 1);
    if (open > limit) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${limit}}`).test(yaml) || new RegExp(`^ {${2 * limit}}`, 'm').test(yaml);
}
