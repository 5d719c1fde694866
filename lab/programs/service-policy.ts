import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** What Debian's maintainer scripts ask before they start a service: https://manpages.debian.org/invoke-rc.d */
const POLICY = "/usr/sbin/policy-rc.d";

/** By this line a later run knows that the file is ours. */
const MARKER = "# slsa-build-platform's lab wrote this for the time of an apt-get; it may be deleted.";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Removes the file when a run of ours that was killed has left it; nobody else's. */
export function removeLeftPolicy(file = POLICY): void {
    if (existsSync(file) && readFileSync(file, "utf8").split("\n").includes(MARKER)) {
        rmSync(file, { force: true });
    }
}

/**
 * Does work that installs packages while a policy forbids each of them to start a service. A policy that somebody else made
 * stays as it is. Ours is removed however the work ends; when a signal ends this process, after the work has stopped.
 *
 * @param work - installs; it must end soon after it is told to stop
 */
export async function withoutServices(work: (stop: AbortSignal) => Promise<void>, file = POLICY): Promise<void> {
    removeLeftPolicy(file);
    const ours = !existsSync(file);
    if (!ours) {
        await work(new AbortController().signal);
        return;
    }
    const stop = new AbortController();
    let received: NodeJS.Signals | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
        received = signal;
        stop.abort();
    };
    for (const signal of SIGNALS) {
        process.on(signal, onSignal);
    }
    try {
        writeFileSync(file, `#!/bin/sh\n${MARKER}\nexit 101\n`);
        chmodSync(file, 0o755);
        await work(stop.signal);
    } finally {
        removeLeftPolicy(file);
        for (const signal of SIGNALS) {
            process.off(signal, onSignal);
        }
        if (received !== undefined) {
            // Now that nobody listens, it does what it always does.
            process.kill(process.pid, received);
        }
    }
}
