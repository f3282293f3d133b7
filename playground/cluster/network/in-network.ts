/** IPv4 only: whether an address is inside `a.b.c.d/n`. False for what is neither. */
export function inNetwork(address: string, network: string): boolean {
  const [base = '', length = '32'] = network.split('/');
  const bits = Number(length);
  const left = toNumber(address);
  const right = toNumber(base);
  if (left === undefined || right === undefined || !(bits >= 0 && bits <= 32)) return false;
  return bits === 0 || left >>> (32 - bits) === right >>> (32 - bits);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0) >>> 0;
}
