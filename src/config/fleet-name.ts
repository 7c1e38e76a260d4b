import { basename, dirname, resolve } from 'node:path';

/** Names that say what a file is and not whose fleet it lists. */
const COMMON = /^(?:inventory|inventories|hosts|muster|ansible)$/;

/** A name for a fleet whose inventory gives none: of the file or folder, or of the folder around where the name says nothing. */
export function fleetName(path: string): string {
  let at = resolve(path);
  for (let step = 0; step < 3; step++) {
    const name = basename(at).replace(/\.(?:ya?ml|ini|json)$/, '');
    if (name !== '' && !COMMON.test(name)) return name;
    at = dirname(at);
  }
  return 'fleet';
}
