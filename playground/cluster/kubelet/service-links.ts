/** Environment variables that name the services of a pod's namespace, and the API server. */
import type { ObjectOf } from '../objects/object.ts';

export function apiServerVariables(apiUrl: string): Record<string, string> {
  const { hostname, port } = new URL(apiUrl);
  return variablesOf('KUBERNETES', hostname, [{ name: 'https', port: Number(port || '443'), protocol: 'TCP' }]);
}

export function serviceVariables(services: readonly ObjectOf<'services'>[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { metadata, spec } of services) {
    const address = spec?.clusterIP;
    if (address === undefined || address === '' || address === 'None') continue;
    const ports = (spec?.ports ?? []).map(({ name, port, protocol = 'TCP' }) => ({ ...(name === undefined ? {} : { name }), port, protocol }));
    Object.assign(result, variablesOf(variableName(metadata.name), address, ports));
  }
  return result;
}

function variablesOf(name: string, address: string, ports: readonly { name?: string; port: number; protocol: string }[]): Record<string, string> {
  const [first] = ports;
  if (first === undefined) return {};
  const url = (port: { port: number; protocol: string }): string => `${port.protocol.toLowerCase()}://${address}:${port.port}`;
  const result: Record<string, string> = { [`${name}_SERVICE_HOST`]: address, [`${name}_SERVICE_PORT`]: String(first.port) };
  for (const port of ports) if (port.name !== undefined && port.name !== '') result[`${name}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port);
  result[`${name}_PORT`] = url(first);
  for (const port of ports) {
    const prefix = `${name}_PORT_${port.port}_${port.protocol}`;
    Object.assign(result, { [prefix]: url(port), [`${prefix}_PROTO`]: port.protocol.toLowerCase(), [`${prefix}_PORT`]: String(port.port), [`${prefix}_ADDR`]: address });
  }
  return result;
}

const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');
