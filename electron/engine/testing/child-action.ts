import type { Client } from './scenario.ts';

/** What an engine of its own, or the one of the test, is asked to do. `open`: nothing but to start. */
export type ChildAction =
  | { runJob: string }
  | { restoreFromTape: { pointIds: string[]; repositoryId: string } }
  | { erase: { mediaIds: string[]; confirm: string } }
  | { catalog: { libraryId: string } }
  | { open: true };

/** Starts it; returns the session to follow, or null where there is none. */
export async function startAction(client: Client, action: ChildAction): Promise<string | null> {
  if ('runJob' in action) return (await client.jobs.run({ id: action.runJob })).sessionId;
  if ('restoreFromTape' in action) return (await client.restores.fromTape(action.restoreFromTape)).sessionId;
  if ('erase' in action) return (await client.media.erase({ ...action.erase, long: false })).sessionId;
  if ('catalog' in action) return (await client.tape.catalog({ id: action.catalog.libraryId })).sessionId;
  return null;
}
