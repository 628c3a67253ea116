/**
 * Runs `act` at once, and then at most once per `intervalMs` however often it is asked for; the last request is never
 * lost. `cancel` forgets what waits.
 */
export function coalesce(act: () => void, intervalMs: number): { request: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asked = false;
  const tick = (): void => {
    timer = null;
    if (!asked) return;
    run();
  };
  const run = (): void => {
    asked = false;
    timer = setTimeout(tick, intervalMs);
    act();
  };
  return {
    request: () => {
      if (timer === null) run();
      else asked = true;
    },
    cancel: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      asked = false;
    },
  };
}
