import { prepare } from "../../lab/lab";

/**
 * Run once before the first suite: whatever the lab's cache does not hold yet is built here, where no test's time limit
 * counts, and says how long it takes.
 */
export default async function buildLab(): Promise<void> {
    await prepare({
        log: (line) => {
            process.stderr.write(`${line}\n`);
        },
    });
}
