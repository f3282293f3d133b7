/** The roles that the cluster's shop has beyond the shop's own, and which key of the Secret holds whose password. */
export const createClusterRoles = `
CREATE ROLE cart_service LOGIN;
CREATE ROLE notifier_service LOGIN;
CREATE ROLE maintenance LOGIN;
CREATE ROLE migrations LOGIN;
GRANT shop_owner TO migrations WITH INHERIT FALSE, SET TRUE;
GRANT cart_service, notifier_service, maintenance TO sre_write WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
GRANT CONNECT ON DATABASE shop TO cart_service, notifier_service, maintenance, migrations;`;

/** In the shop's database. */
export const grantClusterRoles = 'GRANT USAGE ON SCHEMA public TO cart_service, notifier_service, maintenance, migrations;';

/** Keys of the Secret end in `-password`. */
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
