import { expect, test } from 'vitest';
import { asciiOnly, neutralise } from '../../src/model/neutralise.ts';

test('printable text of any script stays as it is', () => {
  for (const text of ['gpu01', 'été', '漢字', 'Ω≈ç', 'e\u0301', '']) expect(neutralise(text)).toBe(text);
});

test('controls, bidi, zero-width and invisible characters become visible', () => {
  expect(neutralise('\x1b[2J\x07\r\n\t\x7f')).toBe('␛[2J␇␍␊␉␡');
  expect(neutralise('a\u202eb\u2066c\u200dd\u200be\ufeff')).toBe('a<U+202E>b<U+2066>c<U+200D>d<U+200B>e<U+FEFF>');
  expect(neutralise('\x9b31m\u00ad\u2028\ue000\u{e0041}')).toBe('<U+009B>31m<U+00AD><U+2028><U+E000><U+E0041>');
});

test('a mark without a letter gets one to stand on, and marks do not pile up', () => {
  expect(neutralise('\u0301x')).toBe('◌\u0301x');
  expect(neutralise(`x${'\u0301'.repeat(50)}y`)).toBe(`x${'\u0301'.repeat(4)}y`);
});

test('a lone surrogate becomes the replacement character', () => {
  expect(neutralise('a\ud800b')).toBe('a\ufffdb');
});

test('whatever comes in, no character that steers a terminal goes out', () => {
  for (let code = 0; code < 0x3000; code++) {
    const out = neutralise(`x${String.fromCodePoint(code)}y`);
    expect(out).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(asciiOnly(`x${String.fromCodePoint(code)}y`)).toMatch(/^[\x20-\x7e]+$/);
  }
});
