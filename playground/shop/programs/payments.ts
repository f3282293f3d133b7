/** How a customer can pay, and taking the money. */
import { RequestFailure } from './common/failure.ts';
import { field, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';
import { openDatabase } from './common/with-database.ts';

const methodsOfCustomer = `
  SELECT method, count(*)::int AS used, count(*) FILTER (WHERE status = 'declined')::int AS declined
  FROM payments WHERE customer_id = $1
  GROUP BY method ORDER BY used DESC`;

const insertPayment = `
  INSERT INTO payments (order_id, customer_id, method, amount_cents, status)
  VALUES ($1, $2, $3, $4, 'captured') RETURNING id, status`;

const methods = ['card', 'invoice', 'wallet'];

runService('payments', (parts) => {
  // The key signs nothing here; without it a provider would refuse us, so it must be there.
  parts.environment.secret('PROVIDER_API_KEY');
  const database = openDatabase('payments', parts);
  const captured = parts.metrics.counter('payments_captured_total', 'Payments taken, by method');
  return [
    {
      method: 'GET', name: '/methods', pattern: /^\/methods$/,
      handle: async ({ trace, query }) => {
        const customer = positiveInteger('customer', query.get('customer'));
        const used = await database.query(trace, methodsOfCustomer, [customer]);
        return { customer, methods: used, preferred: used[0]?.['method'] ?? 'card' };
      },
    },
    {
      method: 'POST', name: '/charges', pattern: /^\/charges$/,
      handle: async ({ trace, body }) => {
        const method = field(body, 'method');
        if (typeof method !== 'string' || !methods.includes(method)) throw new RequestFailure(400, 'INVALID', `method: one of ${methods.join(', ')}`);
        const values = [positiveInteger('order', field(body, 'order')), positiveInteger('customer', field(body, 'customer')), method, positiveInteger('amount_cents', field(body, 'amount_cents'))];
        const [payment] = await database.query(trace, insertPayment, values);
        captured({ method });
        return { payment };
      },
    },
  ];
});
