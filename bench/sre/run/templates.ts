/** The databases that worlds begin with, made once before the first: worlds side by side would each make them. */
import { ensureTemplate } from '../../../playground/shop/orders-database/template.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { ensureProductTemplate } from '../contestants/product/database.ts';
import { message } from './phases.ts';

/** Never rejects: a world that needs what could not be made tries again, and says why it can't. */
export async function makeTemplates(say: (line: string) => void): Promise<void> {
  try {
    await ensureTemplate(silentLogger, say);
    await ensureProductTemplate();
  } catch (error) {
    say(`The databases of worlds could not be made beforehand: ${message(error)}`);
  }
}
