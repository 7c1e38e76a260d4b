import type { Column } from '../../src/ui/view.ts';

/** A line of a log: its number and its text. */
interface LogLine {
  readonly number: number;
  /** It comes faster than its lines are counted. */
  readonly isGuess?: true;
  readonly text: string;
}

/** The columns of every log; the help says what a number counts from and whose words the text is. */
export const logColumns = <Row extends LogLine>(numberHelp: string, textHelp: string): readonly Column<Row>[] => [
  {
    header: 'LINE',
    help: numberHelp,
    width: { min: 6, max: 8 },
    align: 'right',
    cell: ({ number, isGuess }) => [{ text: isGuess === true ? `~${number}` : `${number}`, role: 'dim' }],
    value: ({ number }) => number,
    unit: 'count',
    term: 'line',
  },
  {
    header: 'TEXT',
    help: textHelp,
    width: { min: 20, grow: 1 },
    cell: ({ text }) => text,
    value: ({ text }) => text,
    term: 'text',
  },
];
