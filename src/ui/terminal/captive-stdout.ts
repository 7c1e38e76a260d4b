import { PassThrough, Writable } from 'node:stream';

/** A stdout that only Ink writes to, and what it wrote last. */
export interface CaptiveStdout {
  readonly stdout: NodeJS.WriteStream;
  /** A keyboard on which nothing is ever typed: keys are the shell's business. */
  readonly stdin: NodeJS.ReadStream;
  readonly resize: (columns: number, rows: number) => void;
  /** The last frame. */
  readonly frame: () => string;
}

/** Ink asks of a terminal's streams only `columns`, `rows`, `write` and events; with these it believes it has one. */
export function captiveStdout(): CaptiveStdout {
  let frame = '';
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      frame = String(chunk);
      done();
    },
  });
  const size = { columns: 80, rows: 24 };
  Object.defineProperties(sink, { columns: { get: () => size.columns }, rows: { get: () => size.rows } });
  return {
    // Ink's types ask for whole terminal streams, of which it uses what is here.
    stdout: sink as Writable & NodeJS.WriteStream,
    stdin: new PassThrough() as PassThrough & NodeJS.ReadStream,
    resize: (columns, rows) => Object.assign(size, { columns, rows }),
    frame: () => frame,
  };
}
