// Bundles the program into dist/: one file per entry and the chunks they share, so that starting reads few files.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(`${root}/dist`, { recursive: true, force: true });

/** Ink asks for its development tools only when DEV=true; leaving them out saves a third of the bundle. */
const withoutDevelopmentTools = {
  name: 'without-development-tools',
  setup(bundle) {
    bundle.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'empty' }));
    bundle.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: { muster: 'src/cli/main.ts', worker: 'src/worker.ts', demo: 'src/demo/main.ts' },
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
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  // ssh2 tries its optional addons inside try/catch and works without them.
  external: ['*.node', 'cpu-features'],
  plugins: [withoutDevelopmentTools],
  logLevel: 'warning',
});
