import { describe, expect, it } from 'vitest';
import { scoreDiagnosis } from '../../../bench/sre/judge/diagnosis.ts';
import { namesOneOf } from '../../../bench/sre/judge/resource.ts';
import type { Answer } from '../../../bench/sre/contestants/contestant.ts';
import type { Truth } from '../../../playground/scenarios/scenario.ts';

describe('the object that is meant', () => {
  it.each([
    ['deployment/cart', 'deployment/cart'],
    ['workload/cart', 'deployment/cart'],
    ['Deployment/Cart', 'deployment/cart'],
    ['deploy/cart', 'deployment/cart'],
    ['deployments.apps/cart', 'deployment/cart'],
    ['deployment cart', 'deployment/cart'],
    ['deployment/brisk-heron/cart', 'deployment/cart'],
    ['pod/brisk-heron/cart-6c9f8d7b5d-x2x7p', 'deployment/cart'],
    ['pod/orders-db-0', 'statefulset/orders-db'],
    ['replicaset/cart-6c9f8d7b5d', 'deployment/cart'],
    ['kube-service/brisk-heron/cart', 'service/cart'],
    ['svc/cart', 'service/cart'],
    ['networkpolicies/deny', 'networkpolicy/deny'],
    ['ingress/web', 'ingress/web'],
    ['flashsales.shop.example/brisk-heron/spring', 'flashsale/spring'],
    ['table/orders-db/public.orders', 'table/orders'],
    ['table/orders', 'table/public.orders'],
    ['index/orders-db/public.orders_idx', 'index/orders_idx'],
    ['node/playground/node-2', 'node/node-2'],
    ['session/orders-db/4711', 'session/orders-db'],
    ['configmap/kube-system/coredns', 'configmap/coredns'],
    ['configmap/coredns', 'configmap/kube-system/coredns'],
    ['setting/orders-db/connection_limit@app', 'setting/connection_limit@app'],
  ])('%s is %s', (claim, meant) => {
    expect(namesOneOf(claim, [meant])).toBe(true);
  });

  it.each([
    ['deployment/cart', 'deployment/cart-config'],
    ['deployment/cart-api', 'deployment/cart'],
    ['pod/cart-api-6c9f8d7b5d-x2x7p', 'deployment/cart'],
    ['pod/cart-config', 'deployment/cart'],
    ['service/cart', 'deployment/cart'],
    ['deployment/cart', 'service/cart'],
    ['configmap/cart', 'deployment/cart'],
    ['deployment/staging/cart', 'deployment/live/cart'],
    ['table/archive.orders', 'table/public.orders'],
    ['table/inventory-db/public.orders', 'table/orders-db/public.orders'],
    ['database/orders-db', 'table/orders'],
    ['session/inventory-db/4', 'session/orders-db'],
    ['cart', 'deployment/cart'],
    ['', 'deployment/cart'],
    ['deployment/', 'deployment/cart'],
    ['deployment/cart, deployment/payments', 'deployment/payments'],
    ['deployment/cart or deployment/payments', 'deployment/cart'],
    ['deployment/cart|deployment/payments', 'deployment/payments'],
  ])('%s is not %s', (claim, meant) => {
    expect(namesOneOf(claim, [meant])).toBe(false);
  });

  it('knows a session by what it calls itself', () => {
    expect(namesOneOf('session/orders-db/4711', ['session/nightly-export'], 'nightly-export has held a lock for 4 minutes')).toBe(true);
    expect(namesOneOf('session/orders-db/4711', ['session/nightly-export'], 'psql has held a lock for 4 minutes')).toBe(false);
  });
});

const truth: Truth = { outcome: 'repair', root: ['service/shipping'], mechanisms: ['selector-mismatch'], chain: ['service/shipping', 'deployment/checkout', 'deployment/frontend'] };
const answer = (root: Partial<NonNullable<Answer['root']>> | null, more: Partial<Answer> = {}): Answer => ({
  root: root && { resource: 'service/shipping', mechanism: 'selector-mismatch', title: 'Shipping has nobody behind it', ...root }, chain: [], summary: '', ...more,
});

describe('a diagnosis', () => {
  it('is right with the object and what is wrong with it', () => {
    expect(scoreDiagnosis(answer({}), truth)).toMatchObject({ root: true, mechanism: true, right: true });
    expect(scoreDiagnosis(answer({ mechanism: 'selector-matches-no-pods' }), truth).right).toBe(true);
  });

  it('is not right with one of them', () => {
    expect(scoreDiagnosis(answer({ resource: 'service/payments' }), truth)).toMatchObject({ root: false, mechanism: true, right: false });
    expect(scoreDiagnosis(answer({ mechanism: 'bad-release' }), truth)).toMatchObject({ root: true, mechanism: false, right: false });
  });

  it('asks the title only where the mechanism does not decide', () => {
    expect(scoreDiagnosis(answer({ mechanism: 'checks-failing', title: 'The selector of shipping matches no pod' }), truth).mechanism).toBe(true);
    // Another cause's own name is that cause.
    expect(scoreDiagnosis(answer({ mechanism: 'network-policy-blocks', title: 'The selector of shipping matches no pod' }), truth).mechanism).toBe(false);
  });

  it('is not had by naming everything', () => {
    const all = 'image-not-found, bad-release, selector-mismatch, missing-index';
    expect(scoreDiagnosis(answer({ mechanism: all }), truth).mechanism).toBe(false);
    expect(scoreDiagnosis(answer({ mechanism: 'bad release or selector mismatch' }), truth).mechanism).toBe(false);
    expect(scoreDiagnosis(answer({ mechanism: 'checks-failing', title: 'Possibly a wrong selector' }), truth).mechanism).toBe(false);
    expect(scoreDiagnosis(answer({ mechanism: 'checks-failing', title: `${'every part of it may be wrong, '.repeat(8)} selector` }), truth).mechanism).toBe(false);
  });

  it('gets the share of the chain that it names in order', () => {
    const chain = (...lines: string[]): number => scoreDiagnosis(answer({}, { chain: lines }), truth).chain;
    expect(chain('service/shipping has no endpoints', 'checkout fails', 'frontend answers 502')).toBe(1);
    expect(chain('frontend answers 502', 'checkout fails', 'service/shipping has no endpoints')).toBeCloseTo(2 / 3);
    expect(chain('pod/brisk/checkout-6c9f8d7b5d-x2x7p fails')).toBeCloseTo(2 / 3);
    expect(chain('checkout-config is old')).toBeCloseTo(1 / 3);
    expect(scoreDiagnosis(answer({}, { summary: 'The shipping service selects nobody, so checkout fails and frontend with it.' }), truth).chain).toBe(1);
  });

  it('of nothing wrong must be said', () => {
    const nothing: Truth = { outcome: 'nothing', root: [], mechanisms: [], chain: [] };
    expect(scoreDiagnosis(answer(null), nothing).right).toBe(true);
    expect(scoreDiagnosis(undefined, nothing).right).toBe(false);
    expect(scoreDiagnosis(answer({}), nothing).right).toBe(false);
    expect(scoreDiagnosis(answer(null), truth).right).toBe(false);
  });

  it('of what is over may name what it was, if that is right', () => {
    const recovered: Truth = { ...truth, outcome: 'recovered' };
    expect(scoreDiagnosis(answer(null), recovered).right).toBe(true);
    expect(scoreDiagnosis(answer({}), recovered).right).toBe(true);
    expect(scoreDiagnosis(answer({ resource: 'service/cart' }), recovered).right).toBe(false);
  });
});
