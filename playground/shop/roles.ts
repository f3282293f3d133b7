/**
 * Who may do what in the shop's database. Passwords are new at every start, so nothing secret is kept on disk.
 *
 * sre_read is the product's investigator: it sees statistics, sessions and plans (pg_monitor), reads the tables that
 * plans need but no personal data, gets in when ordinary slots are gone, and can't create anything, temp tables
 * included. Not pg_read_all_data: that can read password hashes.
 *
 * sre_write is the product's executor: it owns what it must index, cuts sessions of ordinary roles, and changes
 * settings of the database and of the services' roles. Not a superuser: no files, no programs, no other owner's data.
 */
import { escapeLiteral } from 'pg';

/** One role for each client of the database. */
export const applicationRoles = ['catalog_service', 'checkout_service', 'payments_service', 'inventory_sync', 'reporting'] as const;

export type RoleName = (typeof applicationRoles)[number] | 'sre_read' | 'sre_write';

export const roleNames: readonly RoleName[] = [...applicationRoles, 'sre_read', 'sre_write'];

/** Run once by the superuser, before the tables exist. */
export const createRoles = `
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE catalog_service LOGIN;
CREATE ROLE checkout_service LOGIN;
CREATE ROLE payments_service LOGIN;
CREATE ROLE inventory_sync LOGIN;
CREATE ROLE reporting LOGIN;

CREATE ROLE sre_read LOGIN;
GRANT pg_monitor, pg_use_reserved_connections TO sre_read;

-- CREATEROLE reaches only roles it holds ADMIN on: PostgreSQL 16 and later.
CREATE ROLE sre_write LOGIN CREATEROLE;
GRANT shop_owner TO sre_write;
GRANT pg_monitor, pg_signal_backend, pg_use_reserved_connections TO sre_write;
GRANT catalog_service, checkout_service, payments_service, inventory_sync, reporting TO sre_write WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`;

/** Run once by the superuser in the shop's database, before the tables exist. */
export const secureDatabase = `
ALTER DATABASE shop OWNER TO shop_owner;
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO catalog_service, checkout_service, payments_service, inventory_sync, reporting, sre_read, sre_write;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO catalog_service, checkout_service, payments_service, inventory_sync, reporting, sre_read, sre_write;
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
GRANT SELECT (id, tier, created_at) ON customers TO sre_read;`;

/** Statements that give every role its password; run at each start. */
export function setPasswords(passwords: Record<RoleName, string>): string[] {
  return roleNames.map((role) => `ALTER ROLE ${role} PASSWORD ${escapeLiteral(passwords[role])}`);
}
