import { readFileSync } from 'node:fs';

/** The version in package.json, which lies beside dist/ in a checkout and in an installed package alike. */
export function packageVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const hasVersion = typeof description === 'object' && description !== null && 'version' in description;
  return hasVersion ? String(description.version) : 'unknown';
}
