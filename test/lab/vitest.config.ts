import { defineConfig } from 'vitest/config';

const labCount = (process.env['MUSTER_LAB'] ?? '').split(',').length;

export default defineConfig({
  test: {
    include: ['test/lab/**/*.lab.test.ts'],
    // These build a root image of their own or boot many nodes; npm run test:lab -- --all.
    exclude: process.env['MUSTER_LAB_ALL'] === undefined ? ['test/lab/**/*.all.lab.test.ts'] : [],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    env: { TZ: 'UTC' },
    // As many files at once as there are labs; those that share the nodes of one run one after the other, and each leaves them healed.
    fileParallelism: labCount > 1,
    maxWorkers: labCount,
  },
});
