/** The grammar of Kubernetes label selectors, without its leniencies. */
export function isLabelSelector(text: string): boolean {
  const requirements = splitOutsideParentheses(text);
  return requirements !== undefined && requirements.every(isRequirement);
}

/** Undefined when parentheses don't match or nest. */
function splitOutsideParentheses(text: string): string[] | undefined {
  const parts: string[] = [];
  let current = '';
  let inside = false;
  for (const character of text) {
    if (character === '(' ? inside : character === ')' && !inside) return undefined;
    if (character === '(') inside = true;
    if (character === ')') inside = false;
    if (character === ',' && !inside) {
      parts.push(current);
      current = '';
    } else current += character;
  }
  return inside ? undefined : [...parts, current];
}

function isRequirement(text: string): boolean {
  if (text.startsWith('!')) return isKey(text.slice(1));
  const set = /^(\S+) (?:in|notin) \(([^()]*)\)$/.exec(text);
  if (set !== null) return isKey(set[1] ?? '') && (set[2] ?? '').split(',').every((value) => isValue(value.trimStart()));
  const [, key = '', operator, value = ''] = /^([^=!]+)(==|=|!=)?(.*)$/s.exec(text) ?? [];
  return isKey(key) && (operator === undefined ? value === '' : isValue(value));
}

function isKey(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash === -1) return namePart.test(text);
  const prefix = text.slice(0, slash);
  return prefix.length <= 253 && prefix.split('.').every((label) => prefixLabel.test(label)) && namePart.test(text.slice(slash + 1));
}

function isValue(text: string): boolean {
  return text === '' || namePart.test(text);
}

const namePart = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const prefixLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
