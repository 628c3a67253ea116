/** One of the three parts of the rule, and what of it there is. */
export interface RulePart {
  number: 3 | 2 | 1;
  holds: boolean;
  text: string;
}

export interface Rule321 {
  holds: boolean;
  /** The whole in one sentence: why it holds, or what is missing first. */
  reason: string;
  parts: [RulePart, RulePart, RulePart];
}

/**
 * Three copies (the machine itself is one), on two kinds of media, one of them apart from the others: tape. Only places
 * with a restore point that can be restored count: a repository that cannot be reached now does not, and is said.
 */
export function judge321(places: {
  repositories: number;
  /** Those with good restore points that cannot be reached now. */
  awayRepositories: number;
  mediaPools: number;
}): Rule321 {
  const { repositories, awayRepositories, mediaPools } = places;
  const copies = 1 + repositories + mediaPools;
  const onTape = mediaPools > 0;
  const where = [
    'the machine',
    ...(repositories > 0 ? [counted(repositories, 'repository', 'repositories')] : []),
    ...(onTape ? [mediaPools === 1 ? 'tape' : `tapes of ${mediaPools} media pools`] : []),
  ];
  const words = where.length === 1 ? where.join('') : `${where.slice(0, -1).join(', ')} and ${where.at(-1)}`;
  const three: RulePart = {
    number: 3,
    holds: copies >= 3,
    text: `${copies === 1 ? 'One copy' : `${copies} copies`}: ${words}${copies >= 3 ? '' : '; three are wanted'}.`,
  };
  const two: RulePart = {
    number: 2,
    holds: onTape,
    text: onTape ? 'Two kinds of media: disk and tape.' : 'All copies are on disk; another kind of media is wanted.',
  };
  const one: RulePart = {
    number: 1,
    holds: onTape,
    text: onTape
      ? 'One copy apart from the others: on tape.'
      : 'No copy is apart from the others; one on tape is wanted.',
  };
  const away =
    awayRepositories === 0
      ? ''
      : ` ${counted(awayRepositories, 'repository', 'repositories')} with more of it cannot be reached now.`;
  const missing = [three, two, one].find((part) => !part.holds);
  return {
    holds: missing === undefined,
    reason: `${missing?.text ?? capital(`${words}.`)}${away}`,
    parts: [three, two, one],
  };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
