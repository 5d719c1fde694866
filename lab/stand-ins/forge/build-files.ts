import { appendFileSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** How a merge's build ended, or that it goes on. */
export interface BuildRecord {
    commit: string;
    status: "running" | "green" | "red";
    /** The step at which it ended. */
    step: string;
}

/** The file of a build that says when each step began and how it ended: `<milliseconds> <status> <step>` a line. */
export const TIMES_FILE = "times";

/** The files that a build leaves: `record.json`, `times`, `log` and what its steps share. Its folder is made when the first is written. */
export class BuildFiles {
    private readonly folder: string;

    constructor(
        builds: string,
        repository: string,
        private readonly commit: string,
    ) {
        this.folder = path.join(builds, repository, commit);
    }

    /** Replaces the record whole, for it is read at any time. */
    note(status: BuildRecord["status"], step: string): void {
        // First: whoever sees the record's end finds its time.
        appendFileSync(this.inFolder(TIMES_FILE), `${String(Date.now())} ${status} ${step}\n`);
        const record: BuildRecord = { commit: this.commit, status, step };
        const file = this.inFolder("record.json");
        writeFileSync(`${file}.new`, JSON.stringify(record));
        renameSync(`${file}.new`, file);
    }

    log(step: string, output: string): void {
        appendFileSync(this.inFolder("log"), `== ${step}\n${output}`);
    }

    sharedFolder(): string {
        return mkdtempSync(this.inFolder("shared-"));
    }

    private inFolder(name: string): string {
        mkdirSync(this.folder, { recursive: true });
        return path.join(this.folder, name);
    }
}
