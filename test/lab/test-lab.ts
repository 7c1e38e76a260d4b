import { findLab, type Lab } from './lab.ts';

/** The lab that `npm run test:lab` brought up; a test file run in another way has none. */
export async function testLab(): Promise<Lab> {
  const name = process.env['MUSTER_LAB'];
  const lab = name === undefined ? undefined : await findLab(name);
  if (lab === undefined)
    throw new Error('no lab is up; run npm run test:lab, or MUSTER_LAB=lab after npm run lab -- up');
  // A run that was cut short leaves its fault behind.
  await lab.healAll();
  return lab;
}
