/** Whether the URLs that this process has fit the kinds of their databases. */
import type { ConfigurationFile } from './file-schema.ts';
import { variableIn } from './secret.ts';

const schemes = { postgres: ['postgres://', 'postgresql://'], mysql: ['mysql://', 'mariadb://'] } as const;

/** One sentence each, with nothing of the URL. Variables that are not set here are another role's. */
export function urlProblems({ targets }: Pick<ConfigurationFile, 'targets'>, path: string, environment: Readonly<Record<string, string | undefined>>): string[] {
  return targets.databases.flatMap(({ name, kind, read, write }) =>
    [read, write].flatMap((value) => {
      const variable = value === undefined ? undefined : variableIn(value);
      const url = variable === undefined ? undefined : environment[variable];
      if (!url || schemes[kind].some((scheme) => url.startsWith(scheme))) return [];
      const other = (['postgres', 'mysql'] as const).find((one) => schemes[one].some((scheme) => url.startsWith(scheme)));
      return [`${path}: database ${name}: ${variable} must start with ${schemes[kind][0]}, since its kind is ${kind}${other === undefined ? '' : `; or set kind: ${other}`}`];
    }),
  );
}
