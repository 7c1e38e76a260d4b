import { expect, test } from 'vitest';
import { helpPhrase, helpSentence } from '../../src/model/field-help.ts';

test('in a form a help is a sentence with one full stop, and says when the field is needed', () => {
  expect(helpSentence({ help: 'program and arguments', isRequired: true })).toBe('Program and arguments. Needed.');
  expect(helpSentence({ help: 'Label of the filesystem.' })).toBe('Label of the filesystem.');
});

test('as an option it has neither capital nor full stop, and names keep their letters', () => {
  expect(helpPhrase({ help: 'Label of the filesystem.' })).toBe('label of the filesystem');
  expect(helpPhrase({ help: 'GPU by index' })).toBe('GPU by index');
});
