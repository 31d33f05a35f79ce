export interface Ended {
  state: 'terminated';
  exitCode: number;
  signal?: number;
  reason: 'Completed' | 'Error';
  startedAt: string;
  finishedAt: string;
}

export type ContainerState =
  | { state: 'waiting'; reason: string; message?: string }
  | { state: 'running'; startedAt: string }
  | Ended;

export interface ContainerStatus {
  name: string;
  image: string;
  state: ContainerState;
  /** How the run before this one ended. */
  lastEnd?: Ended;
  ready: boolean;
  restartCount: number;
}
