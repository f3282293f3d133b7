/** Kubeconfig files, as kubectl, helm and the product read them. */
import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

export interface KubeconfigSettings {
  url: string;
  /** PEM. */
  certificateAuthority: string;
  user: string;
  token: string;
  namespace?: string;
}

export async function writeKubeconfig(file: string, settings: KubeconfigSettings): Promise<string> {
  await writeFile(file, kubeconfig(settings), { mode: 0o600 });
  return file;
}

export function kubeconfig({ url, certificateAuthority, user, token, namespace }: KubeconfigSettings): string {
  const name = 'playground';
  return stringify({
    apiVersion: 'v1', kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  });
}
