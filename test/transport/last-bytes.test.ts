import { expect, test } from 'vitest';
import { lastBytes } from '../../src/transport/last-bytes.ts';

test('of a stream in chunks of any length its last bytes are kept, in order', () => {
  for (const limit of [1, 4, 7])
    for (const size of [1, 2, 3, 4, 5, 8, 20]) {
      const last = lastBytes(limit);
      expect(last.text()).toBe('');
      let said = '';
      for (let from = 0; from < 20; from += size) {
        const chunk = 'abcdefghijklmnopqrst'.slice(from, from + size);
        said += chunk;
        last.push(Buffer.from(chunk));
        expect(last.text()).toBe(said.slice(-limit));
      }
    }
});
