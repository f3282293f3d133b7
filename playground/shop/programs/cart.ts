/** What customers have put aside. */
import { field, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';
import { openDatabase } from './common/with-database.ts';

const itemsOfCustomer = 'SELECT product_id, quantity, added_at FROM cart_items WHERE customer_id = $1 ORDER BY added_at DESC LIMIT 50';
const addItem = `
  INSERT INTO cart_items (customer_id, product_id, quantity) VALUES ($1, $2, $3)
  ON CONFLICT (customer_id, product_id) DO UPDATE SET quantity = least(cart_items.quantity + excluded.quantity, 99), added_at = now()`;
const emptyCart = 'DELETE FROM cart_items WHERE customer_id = $1';

runService('cart', (parts) => {
  const database = openDatabase('cart', parts, 'SELECT 1 FROM cart_items LIMIT 1');
  const catalog = parts.upstream('catalog', 'CATALOG_URL');
  const pattern = /^\/carts\/(?<customer>\d{1,15})$/;
  return [
    {
      method: 'GET', name: '/carts/:customer', pattern,
      handle: async ({ trace, parameters }) => ({ customer: Number(parameters['customer']), items: await database.query(trace, itemsOfCustomer, [parameters['customer']]) }),
    },
    {
      method: 'POST', name: '/carts/:customer', pattern,
      handle: async ({ trace, parameters, body }) => {
        const product = positiveInteger('product', field(body, 'product'));
        await catalog.get(`/products/${product}`, trace);
        await database.query(trace, addItem, [parameters['customer'], product, 1]);
        return { customer: Number(parameters['customer']), items: await database.query(trace, itemsOfCustomer, [parameters['customer']]) };
      },
    },
    {
      method: 'DELETE', name: '/carts/:customer', pattern,
      handle: async ({ trace, parameters }) => {
        await database.query(trace, emptyCart, [parameters['customer']]);
        return { customer: Number(parameters['customer']), items: [] };
      },
    },
  ];
});
