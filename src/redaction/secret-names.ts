/** Whether a name (variable, JSON key, header, column, flag) says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  const last = words.at(-1);
  if (last === undefined || aboutSecrets.has(last)) return false;
  if (words.some((word) => secretWords.has(word))) return true;
  // Alone they are a test's verdict and the working directory.
  if (words.length > 1 && (last === 'pass' || last === 'pwd')) return true;
  if (words.some((word, index) => word === 'key' && keyKinds.has(words[index - 1] ?? ''))) return true;
  return secretParts.test(words.join(''));
}

/** For environment variables, whose names are short and mostly capitals: a broader net. */
export function isSecretVariable(name: string): boolean {
  const last = name.toLowerCase().split(/[^a-z0-9]+/).at(-1) ?? '';
  return isSecretName(name) || (!/^(?:OLD)?PWD$/.test(name) && /pass|pwd|secret|token|key|cred|dsn/i.test(name) && !aboutSecrets.has(last));
}

const secretWords = new Set(['password', 'passwd', 'passphrase', 'passwort', 'secret', 'token', 'credential', 'credentials', 'creds', 'authorization', 'cookie', 'apikey', 'jwt', 'pgpassword', 'dsn', 'dockerconfigjson', 'dockercfg']);
const keyKinds = new Set(['api', 'access', 'private', 'secret', 'encryption', 'signing', 'auth', 'master', 'account', 'shared', 'service', 'ssh', 'license', 'session', 'storage', 'tls', 'client', 'deploy']);
const secretParts = /password|passwd|passphrase|secretkey|clientsecret|accesskey|apikey|privatekey|credential|authtoken|accesstoken|refreshtoken|sessiontoken|bearertoken/;

/** A last word that says the value is something about a secret, not the secret. */
const aboutSecrets = new Set(['name', 'names', 'ref', 'reference', 'path', 'file', 'dir', 'mount', 'count', 'total', 'ttl', 'seconds', 'minutes', 'hours', 'days', 'ms', 'timeout', 'expiry', 'expires', 'expiration', 'url', 'uri', 'host', 'hostname', 'port', 'enabled', 'disabled', 'required', 'length', 'size', 'limit', 'max', 'min', 'type', 'kind', 'prefix', 'policy', 'version', 'provider', 'endpoint', 'status', 'state', 'error', 'errors', 'method', 'failed', 'failures', 'rotation', 'algorithm', 'issuer', 'audience', 'tokens']);
