import type { Request } from "./api";
import type { UserName } from "./users";

/** A request and who makes it. */
export interface Attempt {
    readonly name: string;
    readonly as: UserName;
    readonly request: Request;
}

export const attempt = (name: string, as: UserName, request: Request): Attempt => ({ name, as, request });
