/**
 * An answer a parser cannot read, or one in which the node itself says that the question failed. The poller turns it into a failed
 * observation and keeps the last good fact.
 */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly probe: string;
  /** 1-based line of the answer. */
  readonly line: number;

  /** `saidByNode` is for answers that are readable and are a failure: the node's own sentence is then the whole message. */
  constructor(probe: string, line: number, text: string, saidByNode?: string) {
    super(saidByNode ?? `${probe}: line ${line} is not as expected: ${JSON.stringify(text.slice(0, 120))}`);
    this.probe = probe;
    this.line = line;
  }
}

/** A wrong command line or setting: exit code 2, one sentence, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
