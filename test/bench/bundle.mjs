// node bundle.mjs IN OUT: a program of the benchmark with the same ssh2 as muster's own bundle.
import { build } from 'esbuild';
import { leanBundle } from '../../bin/lean-bundle.mjs';

const [, , entry, outfile] = process.argv;
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.12',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
  external: ['*.node', 'cpu-features'],
  plugins: leanBundle,
  logLevel: 'warning',
});
