export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** May do everything but what nobody may. */
export const ADMINS = '$admins';
export const OPERATORS = '$ops';

/** The groups that names bring with them. */
export const BUILT_IN_GROUPS: Readonly<Record<string, readonly string[]>> = { admin: [ADMINS], ops: [OPERATORS] };
