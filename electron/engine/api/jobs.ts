import type { JobSettings } from '../../../shared/domain/job-settings.ts';
import { describeSchedule } from '../../../shared/domain/schedule.ts';
import { pageOf } from '../database/page-query.ts';
import { previewJob } from '../jobs/job-preview.ts';
import type { JobRecord } from '../jobs/job-store.ts';
import { refuseContainers } from '../sources/refuse-containers.ts';
import { os } from './implement.ts';
import { ok, respond as respondTo, responder } from './respond.ts';
import type { Services } from './services.ts';

export const jobsApi = (services: Services) => {
  const respond = responder(services.database);
  const { jobs, repositories, sessions, tape, audit } = services;

  const sourceSummary = ({ settings }: JobRecord, names: Map<string, string>): string => {
    if (settings.kind === 'backup') return list(settings.machines.map((machine) => machine.name));
    return list([
      ...settings.sources.jobIds.map((id) => names.get(id) ?? 'a removed job'),
      ...settings.sources.repositoryIds.map((id) => repositories.find(id)?.name ?? 'a removed repository'),
    ]);
  };
  const row = (job: JobRecord, names: Map<string, string>) => {
    const { settings } = job;
    const runningSessionId = jobs.runningSession(job.id);
    const running =
      runningSessionId === null ? undefined : sessions.running().find(({ id }) => id === runningSessionId);
    return {
      id: job.id,
      kind: job.kind,
      name: job.name,
      description: settings.description,
      enabled: job.enabled,
      sourceSummary: sourceSummary(job, names),
      targetName:
        settings.kind === 'backup-to-tape'
          ? (tape.store.pools.get(settings.fullPoolId)?.name ?? 'a removed media pool')
          : (repositories.find(settings.repositoryId)?.name ?? 'a removed repository'),
      scheduleText: describeSchedule(
        settings.schedule,
        settings.schedule.kind === 'after-job'
          ? { jobName: names.get(settings.schedule.jobId) ?? 'a removed job' }
          : {},
      ),
      nextRunAt: job.nextRunAt,
      lastResult: job.lastResult,
      lastRunAt: job.lastRunAt,
      lastSessionId: job.lastSessionId,
      runningSessionId,
      runningState: running ? (running.stateText ?? running.state) : null,
      progressPercent: running?.progressPercent ?? null,
      nextTape: settings.kind === 'backup-to-tape' ? tape.nextTapeFor(settings.fullPoolId) : null,
    };
  };
  /** Before anything is written: what is written after a wait would be flushed on the loop. */
  const checkSources = (settings: JobSettings): Promise<void> =>
    respondTo(() => ('machines' in settings ? refuseContainers(settings.machines) : undefined));
  const namesById = () => new Map(jobs.store.list().map((job) => [job.id, job.name]));

  return {
    list: os.jobs.list.handler(({ input }) =>
      respond(() => {
        const names = namesById();
        return pageOf(
          jobs.store.list().map((job) => row(job, names)),
          input,
          ['name', 'description', 'sourceSummary', 'targetName'],
        );
      }),
    ),
    get: os.jobs.get.handler(({ input }) =>
      respond(() => {
        const job = jobs.get(input.id);
        return { ...row(job, namesById()), settings: job.settings as never };
      }),
    ),
    create: os.jobs.create.handler(async ({ input, context }) => {
      await checkSources(input.settings);
      return respond(() => {
        const id = jobs.create(input.settings);
        audit(context.who, 'job.create', input.settings.name);
        return { id, sessionId: input.runNow ? jobs.run(id, { who: context.who }) : null };
      });
    }),
    clone: os.jobs.clone.handler(({ input, context }) =>
      respond(() => {
        const made = jobs.clone(input.id);
        audit(context.who, 'job.clone', made.name);
        return { id: made.id, name: made.name };
      }),
    ),
    update: os.jobs.update.handler(async ({ input, context }) => {
      await checkSources(input.settings);
      return respond(() => {
        jobs.update(input.id, input.settings);
        audit(context.who, 'job.update', input.settings.name);
        return ok;
      });
    }),
    remove: os.jobs.remove.handler(({ input, context }) =>
      respond(() => {
        const { name } = jobs.get(input.id);
        jobs.remove(input.id);
        audit(context.who, 'job.remove', name);
        return ok;
      }),
    ),
    setEnabled: os.jobs.setEnabled.handler(({ input, context }) =>
      respond(() => {
        jobs.setEnabled(input.id, input.enabled);
        audit(context.who, input.enabled ? 'job.enable' : 'job.disable', jobs.get(input.id).name);
        return ok;
      }),
    ),
    run: os.jobs.run.handler(({ input, context }) =>
      respond(() => {
        const sessionId = jobs.run(input.id, { who: context.who, activeFull: input.activeFull });
        audit(context.who, 'job.run', jobs.get(input.id).name);
        return { sessionId };
      }),
    ),
    preview: os.jobs.preview.handler(({ input }) => respond(() => previewJob(services, jobs, input.settings))),
  };
};

function list(names: string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
