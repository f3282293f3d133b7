/** Two texts, line by line: `-` what goes, `+` what comes, two spaces what stays. */
export function lineDifference(before: string, after: string): string {
  const [one, other] = [before.split('\n'), after.split('\n')];
  const common = longestCommon(one, other);
  const lines: string[] = [];
  let [left, right] = [0, 0];
  for (const [onLeft, onRight] of [...common, [one.length, other.length] as const]) {
    lines.push(...one.slice(left, onLeft).map((line) => `- ${line}`), ...other.slice(right, onRight).map((line) => `+ ${line}`));
    if (onLeft < one.length) lines.push(`  ${one[onLeft] ?? ''}`);
    [left, right] = [onLeft + 1, onRight + 1];
  }
  return lines.join('\n');
}

/** Pairs of places of the same line, ascending in both. */
function longestCommon(one: readonly string[], other: readonly string[]): (readonly [number, number])[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  const at = (left: number, right: number): number => lengths[left]?.[right] ?? 0;
  for (let left = one.length - 1; left >= 0; left -= 1) {
    for (let right = other.length - 1; right >= 0; right -= 1) {
      (lengths[left] as Uint16Array)[right] = one[left] === other[right] ? at(left + 1, right + 1) + 1 : Math.max(at(left + 1, right), at(left, right + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let left = 0, right = 0; left < one.length && right < other.length;) {
    if (one[left] === other[right]) pairs.push([left++, right++]);
    else if (at(left + 1, right) >= at(left, right + 1)) left += 1;
    else right += 1;
  }
  return pairs;
}
