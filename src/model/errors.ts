/** An answer a parser cannot read. The poller turns it into a failed observation and keeps the last good fact. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly probe: string;
  /** 1-based line of the answer. */
  readonly line: number;

  constructor(probe: string, line: number, text: string) {
    super(`${probe}: line ${line} is not as expected: ${JSON.stringify(text.slice(0, 120))}`);
    this.probe = probe;
    this.line = line;
  }
}

/** A wrong command line or setting: exit code 2, one sentence, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
