/** `$(NAME)` in commands, arguments and values: unknown names stay as they are, `$$` is one dollar sign. */
export function expand(text: string, value: (name: string) => string | undefined): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (whole: string, name: string | undefined) => (name === undefined ? '$' : value(name) ?? whole));
}
