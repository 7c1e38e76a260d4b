/** Why a node is kept out of work, as whoever does so wrote it there. */
export interface MaintenanceNote {
  readonly reason: string;
  readonly author?: string;
  readonly atMs?: number;
}
