// Bundles the program into dist/: one file per entry and the chunks they share, so that starting reads few files.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leanBundle, oneFileBeforeTheFirstFrame } from './lean-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The program for the console. */
const START = `${root}/src/start.ts`;

rmSync(`${root}/dist`, { recursive: true, force: true });

const options = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.12',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // Bundled CommonJS packages call require for modules of Node itself, and ask for their folder.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
  // ssh2 tries its optional addons inside try/catch and works without them.
  external: ['*.node', 'cpu-features'],
  plugins: leanBundle,
  logLevel: 'warning',
};

// The program for commands loads what a command needs when it is named; the one for the console has its first frame in one file.
await build({ ...options, entryPoints: { muster: 'src/commands.ts' } });
await build({ ...options, entryPoints: { start: START }, plugins: [oneFileBeforeTheFirstFrame(START), ...leanBundle] });
await build({
  ...options,
  entryPoints: {
    worker: 'src/worker.ts',
    runner: 'src/runner/main.ts',
    demo: 'src/demo/main.ts',
    generate: 'src/generate.ts',
  },
});
