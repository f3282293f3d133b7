import { element } from '../dom.ts';
import type { DrawBlock } from './context.ts';

export const drawDivider: DrawBlock = () => element('hr', { class: 'divider' });
