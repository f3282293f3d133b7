/** Why the page can't do what was asked, in words for the person. */
export class PageRefusal extends Error {
  readonly code = 'refused';
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
