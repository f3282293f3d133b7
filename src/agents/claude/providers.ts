/** Where the models run. A cloud's client is a package of its own, which is loaded when the configuration chooses it and at no other time. */
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { Configuration } from '../../config/load.ts';
import { clientOptions, createClaude } from './client.ts';
import type { ClaudePort, ClientParts } from './client.ts';

type Provider = Configuration['models']['provider'];
type Cloud = Exclude<Provider, 'anthropic'>;
type ClientClass = new (options: Record<string, unknown>) => ClaudePort;

export interface ProviderParts extends Omit<ClientParts, 'apiKey'> {
  models: Pick<Configuration['models'], 'provider' | 'region' | 'project' | 'resource'>;
  /** Of Anthropic's own API. */
  apiKey: string | undefined;
  /** Loads a package by its name. */
  load?: (name: string) => Promise<unknown>;
}

/** Each client finds its cloud's credentials by itself, in that cloud's usual places. */
const clouds: Record<Cloud, { package: string; client: string; needs: readonly ('region' | 'project' | 'resource')[]; options(models: ProviderParts['models']): Record<string, unknown> }> = {
  bedrock: { package: '@anthropic-ai/bedrock-sdk', client: 'AnthropicBedrockMantle', needs: ['region'], options: ({ region }) => ({ awsRegion: region }) },
  'bedrock-invoke': { package: '@anthropic-ai/bedrock-sdk', client: 'AnthropicBedrock', needs: ['region'], options: ({ region }) => ({ awsRegion: region }) },
  vertex: { package: '@anthropic-ai/vertex-sdk', client: 'AnthropicVertex', needs: ['region', 'project'], options: ({ region, project }) => ({ region, projectId: project }) },
  foundry: { package: '@anthropic-ai/foundry-sdk', client: 'AnthropicFoundry', needs: ['resource'], options: ({ resource }) => ({ resource }) },
};

/** Undefined without a key for Anthropic's own API: the rules work alone. Throws ConfigurationError: a package or a setting is missing. */
export async function openModels({ models, apiKey, load = (name) => import(name) as Promise<unknown>, ...parts }: ProviderParts): Promise<ClaudePort | undefined> {
  const { provider } = models;
  if (provider === 'anthropic') return apiKey === undefined ? undefined : createClaude({ apiKey, ...parts });
  const cloud = clouds[provider];
  const missing = cloud.needs.filter((name) => models[name] === undefined);
  if (missing.length > 0) throw new ConfigurationError(missing.map((name) => `models.provider is ${provider}, which needs models.${name}.`));
  const Client = clientIn(await loaded(provider, cloud.package, load), cloud.client);
  if (!Client) throw new ConfigurationError([`models.provider is ${provider}: ${cloud.package} has no ${cloud.client}. Update it: npm install ${cloud.package}@1`]);
  const { baseUrl, ...options } = parts;
  try {
    return new Client({ ...clientOptions(options), ...(baseUrl === undefined ? cloud.options(models) : { ...withoutResource(cloud.options(models)), baseURL: baseUrl }) });
  } catch (error) {
    throw new ConfigurationError([`models.provider is ${provider}, and its client could not be made: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** A resource is a part of an address; with an address it is one too many. */
function withoutResource({ resource: _resource, ...options }: Record<string, unknown>): Record<string, unknown> {
  return options;
}

async function loaded(provider: Cloud, name: string, load: (name: string) => Promise<unknown>): Promise<unknown> {
  try {
    return await load(name);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new ConfigurationError([`models.provider is ${provider}, which needs a package that ${isAbsent ? 'is not installed' : 'could not be loaded'}: npm install ${name}@1`]);
  }
}

function clientIn(module: unknown, name: string): ClientClass | undefined {
  const found: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, name) : undefined;
  return typeof found === 'function' ? (found as ClientClass) : undefined;
}
