import { findLab, type Lab } from './lab.ts';

/** The lab of this test file: one of those that `npm run test:lab` brought up, which no other file uses at the same time. */
export async function testLab(): Promise<Lab> {
  const names = (process.env['MUSTER_LAB'] ?? '').split(',');
  const name = names[(Number(process.env['VITEST_POOL_ID'] ?? '1') - 1) % names.length];
  const lab = name === undefined ? undefined : await findLab(name);
  if (lab === undefined)
    throw new Error('no lab is up; run npm run test:lab, or MUSTER_LAB=lab after npm run lab -- up');
  // A run that was cut short leaves its fault behind.
  await lab.healAll();
  return lab;
}
