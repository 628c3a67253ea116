import type { Router } from '@orpc/server';
import type { Contract } from '../../shared/contract/contract.ts';
import type { Actor } from '../../shared/domain/rights.ts';
import type { EngineAddress } from '../engine/data-directory.ts';

/** What a host tells the engine with each call. */
export interface EngineContext {
  actor: Actor;
}

/** What a host needs of the engine; `openEngine` gives it. */
export interface HostedEngine {
  readonly router: Router<Contract, EngineContext>;
  readonly dataDir: string;
  /** What is not as it should be with the secret under which passphrases are stored, in words. */
  readonly secretWarning?: string | undefined;
  /** Tells other programs of this computer how to reach the engine, in a file only its owner can read. */
  publishAddress(address: EngineAddress): void | Promise<void>;
  /** Ends sessions in an orderly way, closes the database and gives the data directory back. */
  close(): Promise<void>;
}
