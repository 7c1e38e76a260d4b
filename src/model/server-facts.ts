/** The kernel's NFS server. /proc/fs/nfsd. */
export interface NfsServer {
  readonly threads: number;
  readonly clients: readonly NfsClient[];
}

export interface NfsClient {
  readonly address: string;
  /** The name the client gave itself; hostile input like everything else. */
  readonly name?: string;
  readonly version?: string;
}
