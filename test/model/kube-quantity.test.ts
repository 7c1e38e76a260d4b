import { expect, test } from 'vitest';
import { quantityText } from '../../src/model/kube-quantity.ts';

test.each([
  ['memory', '131900Mi', '129G'],
  ['memory', '1073741824Ki', '1.0T'],
  ['memory', '128974848', '123M'],
  ['memory', '129e6', '123M'],
  ['ephemeral-storage', '250G', '233G'],
  ['cpu', '95500m', '95.5'],
  ['cpu', '96', '96'],
  ['pods', '110', '110'],
  ['memory', 'much', 'much'],
  ['memory', '12Xi', '12Xi'],
  ['memory', '12constructor', '12constructor'],
  ['memory', '', ''],
])('%s of %s is shown as %s', (resource, text, shown) => {
  expect(quantityText(resource, text)).toBe(shown);
});
