import { serve } from "./provider";
import type { StandIn } from "./stand-in";

/**
 * What the executable of a provider plugin does: serve, and say on standard output at which port.
 * It ends with the engine that started it, also when that is killed and cannot say so.
 */
export async function runPlugin(standIn: StandIn): Promise<void> {
    const engine = process.ppid;
    setInterval(() => {
        if (process.ppid !== engine) {
            process.exit(0);
        }
    }, 1000).unref();
    const { port } = await serve(standIn, process.argv[2]);
    process.stdout.write(`${port.toString()}\n`);
}
