/**
 * The one seam for injected faults. Production code names the places where the world can fail (`faultPoint`) and the
 * steps whose completion must survive a crash (`durableStep`). Nothing happens there unless a test armed a fault in this
 * process, or `REELVAULT_FAULTS` (JSON: PlannedFault[]) did so for a child process that is meant to be killed.
 */
export type FaultEffect =
  | { kind: 'error'; code: string; message?: string }
  | { kind: 'delay'; ms: number }
  | { kind: 'short'; bytes: number }
  | { kind: 'corrupt'; offset: number }
  | { kind: 'kill' };

export interface PlannedFault {
  /** Exact site name, e.g. `fs.write`, `drive.write`, `changer.move`, `step.backup-file.superblock`. */
  site: string;
  when: 'before' | 'after';
  /** Fires on the nth passage (1-based). */
  nth: number;
  /** Fires only where the target (a path, a barcode …) contains this text. */
  target?: string;
  effect: FaultEffect;
}

interface ArmedFault extends PlannedFault {
  passages: number;
  fired: boolean;
}

const armed: ArmedFault[] = [];
let trace: ((site: string, when: 'before' | 'after', target: string) => void) | undefined;

/** Arms faults until `disarm()`; `unfired()` names those that never fired, which a test must treat as its own failure. */
export function armFaults(plan: PlannedFault[]): { disarm(): void; unfired(): PlannedFault[] } {
  const mine = plan.map((fault) => ({ ...fault, passages: 0, fired: false }));
  armed.push(...mine);
  return {
    disarm() {
      for (const fault of mine) {
        const at = armed.indexOf(fault);
        if (at >= 0) armed.splice(at, 1);
      }
    },
    unfired: () => mine.filter((fault) => !fault.fired),
  };
}

/** Observes every passage, to enumerate the sites a run goes through. */
export function traceFaultPoints(observer: typeof trace): void {
  trace = observer;
}

export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
  readonly code: string;
  constructor(site: string, code: string, message?: string) {
    super(message ?? `Injected fault ${code} at ${site}.`);
    this.code = code;
  }
}

/**
 * Passes a named place. Throws for an `error` fault, kills this process with SIGKILL for `kill`; every other effect is
 * returned for the caller (who alone knows how to be short, slow or corrupt here).
 */
export function faultPoint(site: string, when: 'before' | 'after', target = ''): FaultEffect | undefined {
  if (armed.length === 0 && trace === undefined) return undefined;
  trace?.(site, when, target);
  for (const fault of armed) {
    if (fault.fired || fault.site !== site || fault.when !== when) continue;
    if (fault.target !== undefined && !target.includes(fault.target)) continue;
    fault.passages += 1;
    if (fault.passages < fault.nth) continue;
    fault.fired = true;
    if (fault.effect.kind === 'error') throw new InjectedFault(site, fault.effect.code, fault.effect.message);
    if (fault.effect.kind === 'kill') process.kill(process.pid, 'SIGKILL');
    return fault.effect;
  }
  return undefined;
}

/**
 * Runs one step that must survive a crash once it is done (an fsync, a rename, a superblock, a filemark with flush, a
 * database commit), with a hook before and after it. The name is `step.<name>`.
 */
export async function durableStep<T>(name: string, target: string, act: () => T | Promise<T>): Promise<T> {
  faultPoint(`step.${name}`, 'before', target);
  const result = await act();
  faultPoint(`step.${name}`, 'after', target);
  return result;
}

/** {@link durableStep} for synchronous work. */
export function durableStepSync<T>(name: string, target: string, act: () => T): T {
  faultPoint(`step.${name}`, 'before', target);
  const result = act();
  faultPoint(`step.${name}`, 'after', target);
  return result;
}

const fromEnvironment = process.env.REELVAULT_FAULTS;
if (fromEnvironment) armFaults(JSON.parse(fromEnvironment) as PlannedFault[]);
