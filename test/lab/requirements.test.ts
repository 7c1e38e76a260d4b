// What a lab asks of this machine, by the nodes that are wished.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultPlan, isQemu, planOf, SHARE } from './nodes.ts';
import { missingPackages } from './requirements.ts';

const path = process.env['PATH'];
beforeEach(() => {
  process.env['PATH'] = '/nowhere';
});
afterEach(() => {
  process.env['PATH'] = path;
});

const isQemuPackage = (name: string): boolean => name.startsWith('qemu-');

test('the packages of QEMU are asked for by a virtiofs node alone', () => {
  expect(missingPackages(defaultPlan.some(isQemu)).filter(isQemuPackage)).toEqual([]);
  expect(missingPackages(planOf(2, ['samba', 'bare']).some(isQemu)).filter(isQemuPackage)).toEqual([]);
  expect(missingPackages(planOf(2, ['bare', 'virtiofs']).some(isQemu))).toEqual(
    expect.arrayContaining(['qemu-system-x86', 'qemu-utils']),
  );
});

test('of several roles each node gets its own image, and the virtiofs node alone a folder', () => {
  const plan = planOf(3, ['samba', 'virtiofs', 'bare']);
  expect(plan.map(({ name, image, shares }) => [name, image, shares])).toEqual([
    ['samba-1', 'wide', undefined],
    ['virtiofs-2', 'cloud', [SHARE]],
    ['bare-3', 'wide', undefined],
  ]);
});
