import { defineConfig } from 'vitest/config';

const LAB = 'test/**/*.lab.test.ts';
/**
 * Folders whose tests leave nothing behind in modules or in the environment: a worker runs one file after the other and keeps what it has loaded.
 * Half of all files; a worker for each of them took 145 ms to start.
 */
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
    // Sized for two cores: all tests together take some 390 s of processor time and, one after the other, 580 s, because many of the long ones
    // wait for something that is to happen: with two at once the cores would rest meanwhile.
    maxWorkers: 3,
    // In the order of their names: the long files are among the first, and the short ones fill the end.
    projects: [
      { extends: true, test: { name: 'machine', include: ['test/**/*.test.{ts,tsx}'], exclude: [LAB, ...PURE] } },
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
    ],
  },
});
