/** A fault that is one variable of one service set wrong: a new revision, as a person would have made it. */
import type { ServiceName } from '../shop.ts';
import type { Fault, FaultContext } from './fault.ts';

export interface VariableChange {
  service: ServiceName;
  variable: string;
  /** The wrong value, from the one that is right. */
  wrong(right: string): string | Promise<string>;
}

export function changeVariable(context: FaultContext, change: VariableChange): Pick<Fault, 'inject' | 'clear' | 'isActive'> {
  const service = context.service(change.service);
  const right = service.environment()[change.variable] ?? '';
  let wrong: string | undefined;
  const isActive = (): boolean => wrong !== undefined && service.environment()[change.variable] === wrong;
  return {
    inject: async () => {
      wrong ??= await change.wrong(right);
      if (!isActive()) await service.setEnvironment(change.variable, wrong);
    },
    clear: async () => {
      if (isActive()) await service.setEnvironment(change.variable, right);
    },
    isActive: () => Promise.resolve(isActive()),
  };
}
