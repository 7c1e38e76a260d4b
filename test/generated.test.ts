import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generatedFiles } from '../src/generate.ts';

test('generated files are as the tables they are made from', async () => {
  for (const [path, text] of Object.entries(await generatedFiles())) {
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), `${path} is stale: npm run generate`).toBe(
      text,
    );
  }
});
