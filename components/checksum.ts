import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/**
 * Annotations for a pod template that change whenever one of the texts does, so that a Deployment restarts its pods when
 * something changes that they read only at their start. A mounted file changes by itself; an open program does not notice.
 *
 * The checksum of a secret is shown: what is given here must be too long to guess, as keys, certificates and generated
 * passwords are.
 */
export function readAtStart(...texts: pulumi.Input<string>[]): Record<string, pulumi.Output<string>> {
    const checksum = pulumi
        .all(texts)
        .apply((known) => createHash("sha256").update(JSON.stringify(known)).digest("hex"));
    return { "slsa-build-platform/read-at-start": pulumi.unsecret(checksum) };
}
