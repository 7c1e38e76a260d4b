import { defineConfig } from 'vitest/config';

const LAB = 'test/**/*.lab.test.ts';
/** Folders whose tests touch neither processes of the product nor a network, a terminal or a clock that runs: what is loaded for one of them serves the next. */
const PURE = ['actions', 'checks', 'cli', 'conditions', 'config', 'diagnosis', 'model', 'probes', 'sharing', 'sim']
  .concat(['store', 'ui', 'views'])
  .map((folder) => `test/${folder}/**/*.test.{ts,tsx}`);

export default defineConfig({
  // Production React, as shipped, has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    // Only a hang takes so long; a machine that does other things as well must not look like one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { NODE_ENV: 'production', TZ: 'UTC' },
    // Sized for two cores: a third of the time tests wait for something that is to happen, and one more worker uses it.
    maxWorkers: 3,
    // In the order of their names: the long files are among the first, and the short ones fill the end.
    projects: [
      { extends: true, test: { name: 'machine', include: ['test/**/*.test.{ts,tsx}'], exclude: [LAB, ...PURE] } },
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
    ],
  },
});
