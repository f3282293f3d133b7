/**
 * Where the cluster's addresses are. Linux owns all of 127.0.0.0/8, so that every pod and service gets an address of its
 * own on which every port works, without privileges.
 */
export const podNetwork = '127.244.0.0/16';
export const serviceNetwork = '127.96.0.0/16';
export const nodeAddress = (index: number): string => `127.192.0.${2 + index}`;

/** Hands out addresses of 127.<second>.0.0/16 in turn, from .0.10 on; one that was released comes back last. */
export interface AddressPool {
  take(): string;
  /** Undefined when it is outside the network or taken. */
  takeExact(address: string): string | undefined;
  release(address: string): void;
}

export function createAddressPool(second: number): AddressPool {
  const taken = new Set<string>();
  let next = 10;
  const at = (index: number): string => `127.${second}.${index >> 8}.${index & 255}`;
  return {
    take: () => {
      for (let tries = 0; tries < 65_536; tries += 1) {
        const address = at(next);
        next = next >= 65_000 ? 10 : next + 1;
        const last = Number(address.split('.')[3]);
        if (last === 0 || last === 255 || taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error(`Every address of 127.${second}.0.0/16 is taken.`);
    },
    takeExact: (address) => {
      if (!new RegExp(`^127\\.${second}\\.\\d{1,3}\\.\\d{1,3}$`).test(address) || taken.has(address)) return undefined;
      taken.add(address);
      return address;
    },
    release: (address) => void taken.delete(address),
  };
}
