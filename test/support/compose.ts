/** docker-compose.yml and Dockerfile as their engines read them: merge keys, ${VAR} from an .env file, COPY lines. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  build?: string;
  command?: string[];
  environment: Record<string, string>;
  volumes?: string[];
}

type Variables = Readonly<Record<string, string>>;

/** The services as written, with `${VAR}` still in them. */
export function readComposeFile(file: string): Record<string, ComposeService> {
  return (parse(readFileSync(file, 'utf8'), { merge: true }) as { services: Record<string, ComposeService> }).services;
}

/** Every string of it with its variables filled in. Throws where `${VAR:?}` finds nothing, as compose does. */
export function interpolated(service: ComposeService, variables: Variables): ComposeService {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return interpolate(value, variables);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one)]));
    return value;
  };
  return walk(service) as ComposeService;
}

/** `$$`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}` and `${VAR?message}`. */
export function interpolate(text: string, variables: Variables): string {
  return text.replaceAll(/\$\$|\$\{([A-Za-z_]\w*)(?:(:?[-?])([^}]*))?\}/g, (_whole, name: string | undefined, operator: string | undefined, rest: string | undefined) => {
    if (name === undefined) return '$';
    const value = variables[name];
    const present = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
    if (present) return value;
    if (operator?.endsWith('?')) throw new Error(`required variable ${name} is missing a value: ${rest ?? ''}`);
    return operator?.endsWith('-') ? (rest ?? '') : '';
  });
}

/** The names of all `${VAR}` in a text. */
export function variablesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{([A-Za-z_]\w*)/g)].map((match) => match[1] ?? ''))].sort();
}

export interface DockerStage {
  /** From outside the build, or `from` another stage. */
  copies: { from: string | undefined; sources: string[]; target: string }[];
  environment: Record<string, string>;
  /** Exec form. */
  command: string[] | undefined;
  healthCheck: string[] | undefined;
}

/** The stages of a Dockerfile that uses one line per instruction and the exec form. */
export function readDockerfile(file: string): DockerStage[] {
  const stages: DockerStage[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, instruction, rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') stages.push({ copies: [], environment: {}, command: undefined, healthCheck: undefined });
    const stage = stages.at(-1);
    if (stage === undefined) continue;
    if (instruction === 'COPY') {
      const words = rest.split(/\s+/);
      const paths = words.filter((word) => !word.startsWith('--'));
      stage.copies.push({ from: words.find((word) => word.startsWith('--from='))?.slice('--from='.length), sources: paths.slice(0, -1), target: paths.at(-1) ?? '' });
    }
    if (instruction === 'ENV') for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) stage.environment[name] = value;
    if (instruction === 'CMD') stage.command = JSON.parse(rest) as string[];
    if (instruction === 'HEALTHCHECK') stage.healthCheck = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
  }
  return stages;
}
