import type { Register } from '../listening.ts';
import { register as edit } from './edit.ts';
import { register as investigate } from './investigate.ts';
import { register as reject } from './reject.ts';

export const register: Register = (app, listening) => {
  investigate(app, listening);
  reject(app, listening);
  edit(app, listening);
};
