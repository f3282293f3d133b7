import type { Register } from '../listening.ts';
import { register as decide } from './decide.ts';
import { register as edit } from './edit.ts';
import { register as investigate } from './investigate.ts';

export const register: Register = (app, listening) => {
  investigate(app, listening);
  decide(app, listening);
  edit(app, listening);
};
