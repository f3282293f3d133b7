/** One word of a command as a person can paste it into a POSIX shell. For showing only: nothing here is ever given to one. */
export function quoteForPeople(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
