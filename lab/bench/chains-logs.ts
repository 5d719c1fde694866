import type { ChildProcess } from "node:child_process";
import { NAMESPACES } from "../../names";
import type { Lab } from "../lab";
import { attestationOf, type AttestationMoments } from "./attestations";
import { follow, kubectlCommand } from "./follow";
import { logEvent, registryEvent, type ChainsEvent } from "./log-lines";

/** What Chains does, as registry and Rekor log it from now on, with the time at which the container runtime got each line. */
export class ChainsLogs {
    private readonly events: ChainsEvent[] = [];
    private readonly processes: readonly ChildProcess[];

    constructor(lab: Lab) {
        const logs = (
            namespace: string,
            deployment: string,
            container: string,
            read: (line: string) => ChainsEvent | undefined,
        ): ChildProcess => {
            const options = ["--container", container, "--follow", "--tail", "0", "--timestamps"];
            const command = ["--namespace", namespace, "logs", `deployment/${deployment}`, ...options];
            return follow(lab, kubectlCommand(lab, command), (line) => {
                const event = read(line);
                if (event !== undefined) {
                    this.events.push(event);
                }
            });
        };
        this.processes = [
            logs(NAMESPACES.registry, "image-registry", "nginx", registryEvent),
            logs(NAMESPACES.transparencyLog, "rekor", "rekor", logEvent),
        ];
    }

    stop(): void {
        for (const child of this.processes) {
            child.kill();
        }
    }

    /** What was seen of the provenance of a run that pushed these images. @throws Error when one of them is no image by digest */
    of(images: readonly string[]): AttestationMoments {
        return attestationOf(this.events, images);
    }
}
