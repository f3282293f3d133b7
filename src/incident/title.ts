/** What an incident is called: one line, cut between characters. */
const longest = 140;

export function titleOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim() || 'Something is wrong';
  const characters = [...line];
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}
