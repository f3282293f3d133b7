/**
 * Who may do what in the shop's database.
 *
 * sre_read is the product's investigator: it sees statistics, sessions and plans (pg_monitor), reads the tables that
 * plans need but no personal data, gets in when ordinary slots are gone, and can't create anything, temp tables
 * included. Not pg_read_all_data: that can read password hashes.
 *
 * sre_write is the product's executor: it owns what it must index, cuts sessions of ordinary roles, and changes
 * settings of the database and of the services' roles. Not a superuser: no files, no programs, no other owner's data.
 */

/** Run once by the superuser, before the database exists. */
export const createRoles = `
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE catalog_service LOGIN;
CREATE ROLE checkout_service LOGIN;
CREATE ROLE payments_service LOGIN;
CREATE ROLE cart_service LOGIN;
CREATE ROLE notifier_service LOGIN;
CREATE ROLE inventory_sync LOGIN;
CREATE ROLE reporting LOGIN;
CREATE ROLE maintenance LOGIN;
CREATE ROLE migrations LOGIN;
GRANT shop_owner TO migrations WITH INHERIT FALSE, SET TRUE;

CREATE ROLE sre_read LOGIN;
GRANT pg_monitor, pg_use_reserved_connections TO sre_read;

-- CREATEROLE reaches only roles it holds ADMIN on: PostgreSQL 16 and later.
CREATE ROLE sre_write LOGIN CREATEROLE;
GRANT shop_owner TO sre_write;
GRANT pg_monitor, pg_signal_backend, pg_use_reserved_connections TO sre_write;
GRANT catalog_service, checkout_service, payments_service, cart_service, notifier_service, inventory_sync, reporting, maintenance TO sre_write WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`;

const everybody = 'catalog_service, checkout_service, payments_service, cart_service, notifier_service, inventory_sync, reporting, maintenance, migrations, sre_read, sre_write';

/** Run once by the superuser in the shop's database, before the tables exist. */
export const secureDatabase = `
ALTER DATABASE shop OWNER TO shop_owner;
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO ${everybody};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ${everybody};
GRANT CREATE ON SCHEMA public TO shop_owner;`;

/** Run once by the superuser, when the tables exist. */
export const grantTables = `
GRANT SELECT ON products, inventory, orders, order_items TO catalog_service;
GRANT SELECT ON customers, orders TO checkout_service;
GRANT INSERT, UPDATE ON orders TO checkout_service;
GRANT SELECT, UPDATE ON inventory TO checkout_service;
GRANT INSERT ON order_items TO checkout_service;
GRANT SELECT, INSERT ON payments TO payments_service;
GRANT SELECT, UPDATE ON inventory TO inventory_sync;
GRANT SELECT ON orders, order_items, payments TO reporting;
GRANT SELECT ON products, inventory, orders, order_items, payments TO sre_read;
GRANT SELECT (id, tier, created_at) ON customers TO sre_read;
-- Where the numbers stand, not drawing any.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO sre_read;`;

/** Which key of the Secret holds whose password. Keys of the Secret end in `-password`. */
export const roleOfKey: Record<string, string> = {
  'postgres-password': 'postgres',
  'catalog-password': 'catalog_service',
  'checkout-password': 'checkout_service',
  'payments-password': 'payments_service',
  'cart-password': 'cart_service',
  'notifier-password': 'notifier_service',
  'migrations-password': 'migrations',
  'maintenance-password': 'maintenance',
  'inventory-sync-password': 'inventory_sync',
  'reporting-password': 'reporting',
  'sre-read-password': 'sre_read',
  'sre-write-password': 'sre_write',
};
