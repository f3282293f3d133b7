/** Hides what nobody may read back: passwords in URLs, and variables that are secrets by name. */
const secretName = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|KEY|CREDENTIALS?)$/;

export function hideSecrets(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, secretName.test(name) ? '***' : hideUrlPassword(value)]));
}

/** Variables whose value can't be read, hence not put back either. */
export function isSecret(name: string, value: string): boolean {
  return secretName.test(name) || hideUrlPassword(value) !== value;
}

function hideUrlPassword(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*:)[^@/]*@/i, '$1***@');
}
