import { prepare } from "../../lab/lab";
import { holdLock } from "../../lab/lock";

/** The suites' labs have fixed names, so that a run cleans what a killed one left: two runs at once would clean each other. */
const LOCK = "/run/lock/slsa-lab-e2e";
/** Longer than a whole run takes. */
const WAIT_SECONDS = 40 * 60;

const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
};

/**
 * Run once before the first suite: waits until no other checkout runs its suites, and builds whatever the lab's cache does
 * not hold yet, where no test's time limit counts.
 */
export default async function buildLab(): Promise<void> {
    await holdLock(LOCK, {
        seconds: WAIT_SECONDS,
        waiting: () => {
            log("another npm run e2e is going on on this machine: waiting for it");
        },
    });
    await prepare({ log });
}
