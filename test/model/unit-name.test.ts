import { expect, test } from 'vitest';
import { escapedPath, unitName } from '../../src/model/unit-name.ts';

// The right column is what systemd-escape --path of systemd 252 prints.
test.each([
  ['/', '-'],
  ['/data', 'data'],
  ['/mnt/gpu-storage', 'mnt-gpu\\x2dstorage'],
  ['//mnt///data/', 'mnt-data'],
  ['/.hidden', '\\x2ehidden'],
  ['/mnt/.hidden', 'mnt-.hidden'],
  ['/a b', 'a\\x20b'],
  ['/ä', '\\xc3\\xa4'],
  ['/a\\b', 'a\\x5cb'],
  ['/a:b_c.d@e', 'a:b_c.d\\x40e'],
])('the path %s is %s to systemd', (path, name) => {
  expect(escapedPath(path)).toBe(name);
});

test('a unit has its path for a name', () => {
  expect(unitName('/mnt/gpu-storage', 'automount')).toBe('mnt-gpu\\x2dstorage.automount');
});
