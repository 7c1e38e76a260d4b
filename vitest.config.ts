import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Production React, as shipped, has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['test/**/*.lab.test.ts', 'node_modules/**'],
    // Only a hang takes so long; a machine that does other things as well must not look like one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { NODE_ENV: 'production', TZ: 'UTC' },
    // Two cores are the machine this is sized for: more workers than cores only adds waiting.
    maxWorkers: 2,
  },
});
