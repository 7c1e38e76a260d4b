import { expect, test } from 'vitest';
import { readLine, readWords } from '../../../src/demo/commands/shell-line.ts';
import { decodeTarget, encodeTarget } from '../../../src/engine/target.ts';
import { quote } from '../../../src/model/quote.ts';

const shown = (text: string) => {
  const line = readLine(text);
  return line.kind === 'unknown'
    ? `? ${line.what}`
    : line.parts.map(({ join, words, isSilent }) => `${join} ${words.join('|')}${isSilent ? ' >' : ''}`);
};

test.each([
  ['hostname', ['first hostname']],
  ['', []],
  ['echo a; echo b && echo c || echo d', ['first echo|a', 'then echo|b', 'and echo|c', 'or echo|d']],
  ['nvidia-smi -L | head -n 1\nuptime # how long', ['first nvidia-smi|-L', 'pipe head|-n|1', 'then uptime']],
  [`echo 'a b' "c d" e\\ f''g`, ['first echo|a b|c d|e fg']],
  ['ls /nowhere >/dev/null 2>&1 && true', ['first ls|/nowhere >', 'and true']],
  ['cat /etc/fstab 2>/dev/null', ['first cat|/etc/fstab']],
  ['echo $HOME', '? $HOME'],
  ['echo `id`', '? `id`'],
  ['cat <<EOF', '? <<EOF'],
  ['echo x >/etc/fstab', '? >/etc/fstab'],
  ['rm -rf /tmp/*', '? *'],
  ['(cd /; ls)', '? (cd /; ls)'],
])('the line %j is read word by word, or told what of it is not known', (text, wanted) => {
  expect(shown(text)).toEqual(wanted);
});

test('an argument vector comes back as it was sent, whatever is in it', () => {
  const argv = ['sh', '-c', `set -eu\npath=$1\necho "it's" 'quoted' \\`, '', ' ', 'ä€', '--', "'"];
  expect(readWords(decodeTarget(encodeTarget(quote(argv))))).toEqual(argv);
});
