/** Stock, in a MySQL-compatible database. */
import { createPool, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestFailure, errorCode, errorMessage } from './common/failure.ts';
import { field, positiveInteger } from './common/fields.ts';
import { runService } from './common/service.ts';
import { logged, type Trace } from './common/trace.ts';

const firstStock = 500;

runService('inventory', (parts) => {
  const { environment, log, metrics } = parts;
  const size = environment.integer('DB_POOL_SIZE', { minimum: 1, maximum: 50 });
  const host = environment.text('DB_HOST');
  const pool = createPool({
    host, port: environment.integer('DB_PORT', { minimum: 1, maximum: 65_535 }, 3306), database: environment.text('DB_NAME'),
    user: environment.text('DB_USER'), password: environment.secret('DB_PASSWORD'), connectionLimit: size, connectTimeout: 2000, waitForConnections: true, queueLimit: 50,
  });
  metrics.gauge('database_pool_size', 'Most connections of the pool', () => size);
  const durations = metrics.histogram('database_query_duration_seconds', 'Time the database took');
  const measured = async <T>(trace: Trace, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      const result = await work();
      durations({ outcome: 'ok' }, (performance.now() - started) / 1000);
      return result;
    } catch (error) {
      durations({ outcome: errorCode(error) }, (performance.now() - started) / 1000);
      log('error', `database: ${errorMessage(error)}`, { ...logged(trace), upstream: 'inventory-db', host, code: errorCode(error) });
      throw new RequestFailure(503, errorCode(error), `database: ${errorMessage(error)}`, 'inventory-db');
    }
  };
  const prepare = async (): Promise<void> => {
    for (;;) {
      try {
        await pool.query('CREATE TABLE IF NOT EXISTS stock (product_id INT PRIMARY KEY, quantity INT NOT NULL, updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB');
        return;
      } catch (error) {
        log('warn', `database not reachable yet: ${errorMessage(error)}`, { host, code: errorCode(error) });
        await sleep(500 + Math.random() * 500);
      }
    }
  };
  parts.readyAfter('database', prepare());
  parts.onStop(() => pool.end());
  return [
    {
      method: 'GET', name: '/stock/:product', pattern: /^\/stock\/(?<product>\d{1,9})$/,
      handle: ({ trace, parameters }) => measured(trace, async () => {
        const [rows] = await pool.query<RowDataPacket[]>('SELECT quantity FROM stock WHERE product_id = ?', [Number(parameters['product'])]);
        return { product: Number(parameters['product']), quantity: Number(rows[0]?.['quantity'] ?? firstStock) };
      }),
    },
    {
      method: 'POST', name: '/reservations', pattern: /^\/reservations$/,
      handle: ({ trace, body }) => {
        const product = positiveInteger('product', field(body, 'product'));
        const quantity = positiveInteger('quantity', field(body, 'quantity'));
        return measured(trace, async () => {
          const [result] = await pool.query<ResultSetHeader>(
            'INSERT INTO stock (product_id, quantity) VALUES (?, ?) ON DUPLICATE KEY UPDATE quantity = IF(quantity > ?, quantity - ?, ?), updated_at = CURRENT_TIMESTAMP',
            [product, firstStock - quantity, quantity, quantity, firstStock],
          );
          return { product, reserved: quantity, changed: result.affectedRows > 0 };
        });
      },
    },
  ];
});
