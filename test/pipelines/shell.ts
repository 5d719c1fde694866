import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Outcome {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * A directory in which the scripts of steps run for real, with programs of the test's own in place of the ones that need a
 * cluster or a registry. Every call of such a program is noted in `calls`.
 */
export class Shell {
    readonly directory = mkdtempSync(join(tmpdir(), "step-"));

    /** @param programs - name and shell text of each stand-in; its arguments are in `$@` */
    constructor(programs: Readonly<Record<string, string>>) {
        mkdirSync(join(this.directory, "bin"));
        // Waiting a twentieth of a second is waiting, too.
        writeFileSync(join(this.directory, "bin", "sleep"), "#!/bin/sh\nexec /bin/sleep 0.05\n", { mode: 0o755 });
        for (const [name, text] of Object.entries(programs)) {
            writeFileSync(
                join(this.directory, "bin", name),
                `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> "${this.path("calls")}"\n${text}\n`,
                { mode: 0o755 },
            );
        }
    }

    path(name: string): string {
        return join(this.directory, name);
    }

    write(name: string, content: string): void {
        mkdirSync(dirname(this.path(name)), { recursive: true });
        writeFileSync(this.path(name), content);
    }

    read(name: string): string {
        return readFileSync(this.path(name), "utf8");
    }

    has(name: string): boolean {
        return existsSync(this.path(name));
    }

    /** The stand-ins' calls so far, one a line. */
    calls(): string[] {
        return this.has("calls") ? this.read("calls").trimEnd().split("\n") : [];
    }

    run(script: string, env: Readonly<Record<string, string>>): Outcome {
        const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", script], {
            cwd: this.directory,
            encoding: "utf8",
            env: { PATH: `${this.path("bin")}:/usr/local/bin:/usr/bin:/bin`, TMPDIR: this.directory, ...env },
            timeout: 20_000,
        });
        return { code: status, stdout, stderr };
    }

    remove(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }
}

/** Values that would run `touch hacked` if a shell ever read them as code. */
export const HOSTILE = [
    "$(touch hacked)",
    "`touch hacked`",
    "'; touch hacked; '",
    '"; touch hacked; "',
    "main\ntouch hacked\n",
    "main && touch hacked",
    "--upload-pack=touch hacked",
] as const;
