import { join } from 'node:path';
import { jobSettings, type JobSettings, type JobSettingsInput } from '../../../shared/domain/jobs/job-kinds.ts';
import { directoryPlace } from '../repository/kinds/directory.ts';
import type { RunningSession } from '../sessions/running-session.ts';
import { OperationError } from '../errors.ts';
import { makeSampleDisk } from './sample-disk.ts';
import type { EngineContext } from './engine-context.ts';
import type { JobService } from './job-service.ts';

const mib = 2 ** 20;

/**
 * A working set to try things on: a real disk image, two repositories, a virtual library and the three kinds of job,
 * each run once. Everything is ordinary: it can be changed, run again and removed like what an administrator made, and the
 * audit has a line for each.
 */
export async function runSample(
  context: EngineContext,
  jobs: JobService,
  session: RunningSession,
  audit: (who: string, action: string, object: string) => void,
  /** Who asked for it. */
  person: string,
): Promise<void> {
  const { repositories, tape, sessions } = context;
  const who = `${person}, sample`;
  const root = join(context.dataDir, 'sample');
  if (repositories.list().some((repository) => repository.path.startsWith(root))) {
    throw new OperationError('The sample is there already.', 'Its jobs and repositories are named “Sample …”.');
  }
  const task = session.addTask('Sample', 6);
  task.start();
  let step = 0;
  const next = async <T>(text: string, act: () => Promise<T>): Promise<T> => {
    session.signal.throwIfAborted();
    const result = await session.step(text, act, task.id);
    step += 1;
    task.progress({ processedBytes: step });
    return result;
  };
  const createJob = (settings: JobSettings): string => {
    const id = jobs.create(settings);
    audit(who, 'job.create', settings.name);
    return id;
  };
  const runToEnd = async (jobId: string): Promise<void> => {
    const id = jobs.run(jobId, { who, parentId: session.id });
    audit(who, 'job.run', jobs.get(jobId).name);
    const onAbort = (): void => void sessions.cancel(id);
    session.signal.addEventListener('abort', onAbort);
    const record = await sessions.ended(id);
    session.signal.removeEventListener('abort', onAbort);
    session.signal.throwIfAborted();
    if (record?.result !== 'success') {
      throw new OperationError(
        `“${record?.name}” ended with ${record?.result}: ${record?.reason ?? ''}`,
        'See its session.',
      );
    }
  };
  const diskPath = join(root, 'disks', 'web-01.img');
  await next('Made a disk image with files', () =>
    makeSampleDisk(diskPath, { sizeBytes: 256 * mib, fillBytes: 48 * mib, seed: 'sample', label: 'web-01' }),
  );
  const [primary, copy] = await next('Added two repositories', async () => {
    const common = { description: 'Made by “Try it with a virtual library”', keyIds: [] };
    const add = async (name: string, folder: string): Promise<string> => {
      const { id } = await repositories.add({ ...common, name, place: directoryPlace(join(root, folder)) }, true);
      audit(who, 'repository.add', name);
      return id;
    };
    return [await add('Sample repository', 'primary'), await add('Sample second site', 'second')];
  });
  const poolId = await next('Added a virtual tape library and a media pool', async () => {
    const library = await tape.libraries.addVirtual({
      name: 'Sample library',
      path: join(root, 'library'),
      drives: 2,
      slots: 10,
      importExportSlots: 2,
      cartridges: 8,
      cartridgeCapacityBytes: 256 * mib,
      barcodePrefix: 'SMP',
    });
    audit(who, 'library.add', 'Sample library');
    await sessions.ended(tape.startInventory({ libraryId: library.id, readLabels: true }, who));
    return tape.pools.create(
      {
        name: 'Sample tapes',
        description: '',
        allocation: { kind: 'continue' },
        retention: { kind: 'for', days: 30 },
        libraryIds: [],
        replenishFromFree: true,
        takeBlank: true,
        maxDrives: 1,
        mediaIds: [],
      },
      who,
    );
  });
  /** By hand: the sample shows what jobs do, and starts none of them at night. */
  const create = (settings: JobSettingsInput): string =>
    createJob(jobSettings.parse({ ...settings, schedule: { kind: 'manual' } }));
  const backupJob = create({
    kind: 'backup',
    name: 'Sample backup',
    machines: [{ name: 'web-01', platform: 'proxmox-ve', disks: [{ path: diskPath, name: 'scsi0' }] }],
    repositoryId: primary ?? '',
  });
  await next('Ran the backup job', () => runToEnd(backupJob));
  const sources = { jobIds: [backupJob] };
  const copyJob = create({ kind: 'backup-copy', name: 'Sample backup copy', sources, repositoryId: copy ?? '' });
  await next('Ran the backup copy job', () => runToEnd(copyJob));
  const tapeJob = create({
    kind: 'backup-to-tape',
    name: 'Sample to tape',
    sources,
    fullPoolId: poolId,
    virtualFull: null,
    waitForMediaHours: 1,
  });
  await next('Ran the backup to tape job', () => runToEnd(tapeJob));
  task.finish('done');
}
