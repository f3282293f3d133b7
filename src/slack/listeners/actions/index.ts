import type { Register } from '../listening.ts';
import { register as card } from './card.ts';
import { register as change } from './change.ts';
import { register as offer } from './offer.ts';

export const register: Register = (app, listening) => {
  change(app, listening);
  card(app, listening);
  offer(app, listening);
};
