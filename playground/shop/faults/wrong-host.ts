import { changeVariable } from './changed-variable.ts';
import type { Fault, FaultContext } from './fault.ts';

/** `.invalid` never resolves, anywhere. */
export function wrongHost(context: FaultContext): Fault {
  return {
    id: 'wrong-host',
    title: 'Point at a wrong upstream host',
    description: 'Checkout looks for payments under a host name that does not exist.',
    area: 'Network',
    ...changeVariable(context, {
      service: 'checkout',
      variable: 'PAYMENTS_URL',
      wrong: (right) => {
        const url = new URL(right);
        url.hostname = 'payments.eu-west.shop.invalid';
        return url.origin;
      },
    }),
  };
}
