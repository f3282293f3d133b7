/** How a customer can pay, and taking the money. */
import { RequestFailure } from './common/failure.ts';
import { runService } from './common/run.ts';
import { field, positiveInteger } from './common/server.ts';

const methodsOfCustomer = `
  SELECT method, count(*)::int AS used, count(*) FILTER (WHERE status = 'declined')::int AS declined
  FROM payments WHERE customer_id = $1
  GROUP BY method ORDER BY used DESC`;

const insertPayment = `
  INSERT INTO payments (order_id, customer_id, method, amount_cents, status)
  VALUES ($1, $2, $3, $4, 'captured') RETURNING id, status`;

runService('payments', (parts) => {
  const database = parts.database();
  return [
    {
      method: 'GET', name: '/methods', pattern: /^\/methods$/,
      handle: async ({ requestId, query }) => {
        const customer = positiveInteger('customer', query.get('customer'));
        const methods = await database.query(requestId, methodsOfCustomer, [customer]);
        return { customer, methods, preferred: methods[0]?.['method'] ?? 'card' };
      },
    },
    {
      method: 'POST', name: '/charges', pattern: /^\/charges$/,
      handle: async ({ requestId, body }) => {
        const method = field(body, 'method');
        if (method !== 'card' && method !== 'invoice' && method !== 'wallet') throw new RequestFailure(400, 'INVALID', 'method: card, invoice or wallet');
        const values = [positiveInteger('order', field(body, 'order')), positiveInteger('customer', field(body, 'customer')), method, positiveInteger('amount_cents', field(body, 'amount_cents'))];
        const [payment] = await database.query(requestId, insertPayment, values);
        return { payment };
      },
    },
  ];
});
