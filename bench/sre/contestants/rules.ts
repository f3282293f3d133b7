/** The product without a model, whole and with a part taken away. */
import { createProductContestant } from './product/enter.ts';

export const rules = createProductContestant({ name: 'rules', engine: 'rules', describes: 'the product without a model: specialists and the causal step by rules' });

export const rulesSequential = createProductContestant({
  name: 'rules-sequential', engine: 'rules', describes: 'rules, whose specialists read one after the other',
  configuration: { experiments: { layout: 'sequential' } },
});

export const rulesNoCausal = createProductContestant({
  name: 'rules-no-causal', engine: 'rules', describes: 'rules without the causal step: the loudest finding is the cause',
  configuration: { experiments: { causal: false } },
});
