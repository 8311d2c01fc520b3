/** Jobs of which one begins when the one before has ended, and what has to wait until none is going on. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #afterwards: (() => void)[] = [];

  /** Does a job when its turn has come. */
  take<T>(job: () => Promise<T> | T): Promise<T> {
    this.#waiting++;
    const mine = this.#last.then(job).finally(() => {
      this.#waiting--;
      for (const act of this.#afterwards.splice(0)) act();
    });
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Acts at once if nothing is going on, else after the job in progress. */
  between(act: () => void): void {
    if (this.#waiting === 0) act();
    else this.#afterwards.push(act);
  }
}
