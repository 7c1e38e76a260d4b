// Bundles the program into dist/: one file per entry and the chunks they share, so that starting reads few files.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leanBundle } from './lean-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
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

// The program by itself: chunks shared with the other entries would be 30 files to read before the first frame instead of 22.
await build({ ...options, entryPoints: { muster: 'src/cli/main.ts' } });
await build({
  ...options,
  entryPoints: {
    worker: 'src/worker.ts',
    runner: 'src/runner/main.ts',
    demo: 'src/demo/main.ts',
    generate: 'src/generate.ts',
  },
});
