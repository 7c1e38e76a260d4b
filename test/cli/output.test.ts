import { expect, test } from 'vitest';
import { safeJson, safeText, settleMs } from '../../src/cli/output.ts';

test('JSON keeps every value and lets no character through that acts on a terminal', () => {
  const hostile = 'a\u001b[31mred\u009b2J\u202eevil\u200b\u{e0041}\u2028\u0007"end';
  const printed = safeJson({ name: hostile });
  expect(JSON.parse(printed)).toEqual({ name: hostile });
  expect(printed).toMatch(/^[\x20-\x7e]+$/);
});

test('text of a node is made harmless line by line, our own line breaks stay', () => {
  expect(safeText('gpu01\u001b]52;c;AAAA\u0007\nok')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(safeText('one\ntwo')).toBe('one\ntwo');
});

test('seconds of an option are a number above 0, or the sentence says what is wanted', () => {
  expect(settleMs('1.5', 2, '--every')).toBe(1_500);
  expect(settleMs(undefined, 2, '--every')).toBe(2_000);
  expect(() => settleMs('soon', 2, '--every')).toThrow('--every "soon": a number of seconds above 0 is wanted');
});
