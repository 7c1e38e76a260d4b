/** The kernel's NFS server. /proc/fs/nfsd. */
export interface NfsServer {
  readonly threads: number;
  /** Threads at work when it was asked: on a CPU, and in state D (a disk, a lock). Undefined where nobody looked. */
  readonly busy?: { readonly running: number; readonly waiting: number };
  readonly clients: readonly NfsClient[];
}

export interface NfsClient {
  readonly address: string;
  /** The name the client gave itself; hostile input like everything else. */
  readonly name?: string;
  readonly version?: string;
}
