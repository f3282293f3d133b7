import type { KnipConfig } from 'knip';

const configuration: KnipConfig = {
  entry: ['src/main.ts', 'playground/start.ts', 'playground/product-launcher.ts', 'playground/shop/services/*.ts', 'playground/workspace/page/*.ts', 'test/**/*.test.ts'],
  project: ['src/**/*.ts', 'playground/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
  ignoreExportsUsedInFile: true,
};

export default configuration;
