/** The end of a stream whose beginning is kept elsewhere: the last bytes of it, from the beginning of a line where there is one. */
export interface Tail {
  readonly isEmpty: () => boolean;
  readonly take: (bytes: Buffer) => void;
  /** The last bytes of what is kept, from the beginning of a line, at most so many. */
  readonly newest: (mostBytes: number) => Buffer;
  /** What is kept, and how many bytes before it are not; the tail is empty afterwards. */
  readonly end: () => { readonly bytes: Buffer; readonly missingBytes: number };
}

const LINE_END = 0x0a;

/** A tail of at most so many bytes; pieces are held as they came, so that a fast stream is not copied once more. */
export function createTail(mostBytes: number): Tail {
  let pieces: Buffer[] = [];
  let heldBytes = 0;
  let goneBytes = 0;
  return {
    isEmpty: () => heldBytes + goneBytes === 0,
    take: (bytes) => {
      pieces.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes <= 2 * mostBytes) return;
      // Half of it at a time: moving the list for every piece would cost more than the bytes.
      const all = Buffer.concat(pieces);
      const kept = Buffer.from(all.subarray(Math.max(0, all.length - mostBytes)));
      goneBytes += all.length - kept.length;
      pieces = [kept];
      heldBytes = kept.length;
    },
    newest: (most) => {
      let from = pieces.length;
      for (let bytes = 0; from > 0 && bytes < most; bytes += pieces[from]?.length ?? 0) from -= 1;
      const last = Buffer.concat(pieces.slice(from)).subarray(-most);
      return last.subarray(last.indexOf(LINE_END) + 1);
    },
    end: () => {
      const all = Buffer.concat(pieces);
      const last = all.subarray(Math.max(0, all.length - mostBytes));
      const isCut = goneBytes > 0 || last.length < all.length;
      const line = isCut ? last.indexOf(LINE_END) + 1 : 0;
      // One line that is longer than all there is room for has no beginning here.
      const bytes = line > 0 && line < last.length ? last.subarray(line) : last;
      const missingBytes = goneBytes + all.length - bytes.length;
      pieces = [];
      heldBytes = 0;
      goneBytes = 0;
      return { bytes, missingBytes };
    },
  };
}
