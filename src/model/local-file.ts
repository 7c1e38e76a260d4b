/** A file of the machine muster runs on, as it was when the plan was made; what stands in it is no part of a plan. */
export interface LocalFile {
  /** Absolute, there. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What came of reading one; `text` where it is UTF-8 without NUL and small enough to be shown as a difference. */
export type ReadLocalFile =
  | { readonly kind: 'file'; readonly file: LocalFile; readonly text?: string }
  | { readonly kind: 'refused'; readonly because: string };
