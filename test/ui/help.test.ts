import { expect, test } from 'vitest';
import { typedConsole } from './console.ts';
import { fakeRows, fakeView } from './fake-fleet.ts';

const WHY = 'this needs the privilege of root on the node and a lease that nobody else holds';

test('at 80 columns the reason why a key is off is wrapped beside it, and not cut', async () => {
  const plain = fakeView(() => fakeRows(5));
  const view = {
    ...plain,
    bindings: [{ key: 'ctrl-y', title: 'hand the export over', action: 'x', disabled: () => WHY }],
  };
  const { text, type } = await typedConsole([view], { columns: 80, rows: 24 });
  await type('?');
  const words = text().replaceAll(/[│|]/g, ' ').replaceAll(/\s+/g, ' ');
  expect(words).toContain(`Ctrl-Y hand the export over off: ${WHY}`);
});
