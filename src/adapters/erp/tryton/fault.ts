/** The ERP refused what it was asked; its transaction was rolled back. */
export class TrytonRefusal extends Error {
  override readonly name = 'TrytonRefusal';

  constructor(
    /** `UserError`, `UserWarning` */
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer that says what became of the call; trying again later may help. */
export class TrytonAway extends Error {
  override readonly name = 'TrytonAway';

  constructor(
    message: string,
    /** Whether the call may have had its effect all the same. */
    readonly applied: 'no' | 'unknown',
  ) {
    super(message);
  }
}

/** Something has to be set up differently, here or in the ERP; the message says what. */
export class TrytonMisconfigured extends Error {
  override readonly name = 'TrytonMisconfigured';
}
