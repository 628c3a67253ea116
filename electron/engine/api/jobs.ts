import { type JobSettings, otherJob, rulesOf, scheduleText } from '../../../shared/domain/jobs/job-kinds.ts';
import { pageOf } from '../database/paging.ts';
import type { JobRecord } from '../jobs/job-store.ts';
import { os } from './implement.ts';
import { ok, respond as respondTo, responder } from './respond.ts';
import type { Services } from './services.ts';

export const jobsApi = (services: Services) => {
  const respond = responder(services.commits);
  const { jobs, sessions, versions, audit } = services;

  const row = (job: JobRecord) => {
    const { settings } = job;
    const { words } = rulesOf(job.kind);
    const { repositoryId, runsAfterJobId } = otherJob(job);
    const runningSessionId = jobs.runningSession(job.id);
    const running =
      runningSessionId === null ? undefined : sessions.running().find(({ id }) => id === runningSessionId);
    return {
      id: job.id,
      version: versions.of('job', job.id),
      kind: job.kind,
      name: job.name,
      description: settings.description,
      enabled: job.enabled,
      sourceSummary: list(words.sources(settings, jobs.names)),
      targetName: words.target(settings, jobs.names),
      repositoryId,
      runsAfterJobId,
      scheduleText: scheduleText(settings.schedule, jobs.names),
      nextRunAt: job.nextRunAt,
      lastResult: job.lastResult,
      lastRunAt: job.lastRunAt,
      lastSessionId: job.lastSessionId,
      runningSessionId,
      runningState: running ? (running.stateText ?? running.state) : null,
      progressPercent: running?.progressPercent ?? null,
      nextTape: jobs.nextTape(job),
    };
  };
  /** Before anything is written: what is written after a wait would be flushed on the loop. */
  const checkSources = (settings: JobSettings): Promise<void> => respondTo(() => jobs.checkSources(settings));

  return {
    list: os.jobs.list.handler(({ input }) =>
      respond(() => {
        return pageOf(jobs.store.list().map(row), input, ['name', 'description', 'sourceSummary', 'targetName']);
      }),
    ),
    get: os.jobs.get.handler(({ input }) =>
      respond(() => {
        const job = jobs.get(input.id);
        return { ...row(job), settings: job.settings };
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
        const before = jobs.get(input.id);
        const also = versions.edit({
          kind: 'job',
          id: input.id,
          title: `The job “${before.name}”`,
          version: input.version,
          who: context.who,
          before: before.settings,
          after: input.settings,
        });
        jobs.update(input.id, input.settings, also);
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
    preview: os.jobs.preview.handler(({ input }) => respond(() => jobs.preview(input.settings))),
  };
};

function list(names: string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
