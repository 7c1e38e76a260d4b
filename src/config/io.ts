/** What a path holds. Text is UTF-8; anything with a NUL byte or broken UTF-8 is binary. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'missing' }
  /** `because` in the system's words, e.g. `EACCES: permission denied`. */
  | { readonly kind: 'unreadable'; readonly because: string };

/** What stands at a path, links followed. */
export type PathKind =
  | { readonly kind: 'file'; readonly isExecutable: boolean }
  | { readonly kind: 'folder' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly because: string };

/** What a program of this machine printed, or why it printed nothing usable. */
export type RunOutcome =
  | { readonly kind: 'ok'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly because: string };

/** The files an inventory or the settings are read from, given as a port so that tests need no disk. Nothing here throws. */
export interface ConfigIo {
  readonly readFile: (path: string) => FileContent;
  /** Names in a folder, sorted; empty where there is none. */
  readonly readDir: (path: string) => readonly string[];
  readonly stat: (path: string) => PathKind;
  /** Runs an executable inventory the user named; without it such an inventory is refused. `input` is given to its standard input. */
  readonly run?: (file: string, args: readonly string[], timeoutMs: number, input?: string) => Promise<RunOutcome>;
  /** Writes a file whole or not at all: beside it first, then renamed. Returns the reason when it could not. */
  readonly writeFile?: (path: string, text: string) => string | undefined;
}
