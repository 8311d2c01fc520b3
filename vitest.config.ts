import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { vulkanEnvironment } from './test-support/software-vulkan.js';

export default defineConfig({
  ssr: { resolve: { conditions: ['@cribo/source', ...defaultServerConditions] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'benchmarks/test/**/*.test.ts'],
    pool: 'forks',
    env: vulkanEnvironment,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
