/** Something typed that cannot be read: the message says what, the advice how it is written. */
export class UnreadableWords extends Error {
  override readonly name = 'UnreadableWords';
  readonly advice: string | undefined;
  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}
