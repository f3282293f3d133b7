/** The product without a model. */
import { createProductContestant } from './product/enter.ts';

export const rules = createProductContestant({ name: 'rules', engine: 'rules', describes: 'the product without a model: specialists and the causal step by rules' });
