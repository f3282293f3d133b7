import type { Fault, FaultContext } from './fault.ts';

const sliceMilliseconds = 550;

/** A background job of payments never ends and takes turns with its requests. Only a new process heals it. */
export function stuckJob({ service }: FaultContext): Fault {
  const payments = service('payments');
  let slowProcess: number | undefined;
  const isActive = (): boolean => slowProcess !== undefined && payments.pid() === slowProcess;
  return {
    id: 'stuck-job',
    title: 'Make a service slow',
    description: 'A job inside payments never ends; every request waits behind it. Its database is fine.',
    area: 'Service',
    inject: async () => {
      if (isActive()) return;
      payments.send({ job: 'settlement-export', sliceMilliseconds, slices: Number.MAX_SAFE_INTEGER });
      slowProcess = payments.pid();
    },
    clear: async () => {
      if (isActive()) await payments.restart();
    },
    isActive: () => Promise.resolve(isActive()),
  };
}
