import { expect, test } from 'vitest';
import { readTemplates, templateRenderer } from '../../src/config/templates.ts';
import { memoryIo } from './memory-io.ts';

const OURS = {
  '/muster/systemd/share.mount': '[Mount]\nWhat={{ what }}\n{% if options %}\nOptions={{ options }}\n{% endif %}\n',
};

const renderer = (own: { readonly [path: string]: string } = {}) =>
  templateRenderer(readTemplates(memoryIo({ ...OURS, ...own }), '/muster', '/home/templates'));

test('a template is rendered as Ansible would: nothing escaped, a newline after a block tag dropped', () => {
  expect(renderer()('systemd/share.mount', { what: "a:/b&'c'", options: 'ro' })).toBe(
    "[Mount]\nWhat=a:/b&'c'\nOptions=ro\n",
  );
  expect(renderer()('systemd/share.mount', { what: 'a:/b', options: '' })).toBe('[Mount]\nWhat=a:/b\n');
});

test("a user's own template stands in for ours, and may leave a parameter out", () => {
  const render = renderer({ '/home/templates/systemd/share.mount': '# mine\nWhat={{ what }}\n' });
  expect(render('systemd/share.mount', { what: 'a:/b', options: 'ro' })).toBe('# mine\nWhat=a:/b\n');
});

test('a missing parameter, an unknown one, a second line and an unknown template are errors that say which', () => {
  const because = (name: string, parameters: { readonly [name: string]: string }): string => {
    try {
      return renderer()(name, parameters);
    } catch (error) {
      return String(error);
    }
  };
  expect(because('systemd/share.mount', { what: 'x' })).toBe(
    'RangeError: /muster/systemd/share.mount: options has no value',
  );
  expect(because('systemd/share.mount', { what: 'x', options: '', whence: 'y' })).toBe(
    'RangeError: /muster/systemd/share.mount: it knows no whence',
  );
  expect(because('systemd/share.mount', { what: 'x\nExecStart=/bin/sh', options: '' })).toBe(
    'RangeError: /muster/systemd/share.mount: what holds a control character',
  );
  expect(because('systemd/share.mont', {})).toBe(
    'RangeError: there is no template systemd/share.mont; did you mean systemd/share.mount?',
  );
});
