export interface WakeUp {
  wake(): void;
  /** Resolves after the time, or at the next wake; at once where that came since the last sleep. */
  sleep(milliseconds: number): Promise<void>;
}

/** Lets a loop sleep until there is something to do. */
export function createWakeUp(): WakeUp {
  let isDue = false;
  let wakeSleeper: (() => void) | undefined;
  return {
    wake: () => {
      isDue = true;
      wakeSleeper?.();
    },
    sleep: async (milliseconds) => {
      if (!isDue) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          wakeSleeper = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isDue = false;
      wakeSleeper = undefined;
    },
  };
}
