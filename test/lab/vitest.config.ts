import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/lab/**/*.lab.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    env: { TZ: 'UTC' },
    // The files share the nodes of one lab, so they run one after the other; each leaves the nodes healed.
    fileParallelism: false,
    maxWorkers: 1,
  },
});
