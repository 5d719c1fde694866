import type * as pulumi from "@pulumi/pulumi";
import { GkeCluster, type GkeClusterArgs } from "../../components/gke-cluster";
import { GoogleServices } from "../../components/google-services";
import { Network, type NetworkArgs } from "../../components/network";
import { evaluate } from "../../plan/evaluate";
import type { PlannedResource, Snapshot } from "../../requirements/snapshot";

export const PROJECT = {
    project: "test-project",
    projectNumber: "123456789012",
    region: "europe-west4",
    labels: { platform: "slsa-build" },
} as const;

/** What the SDK was given beside the inputs that a plan keeps. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    /** Every property that the type has, undefined where it is not given. */
    readonly props: Readonly<Record<string, unknown>>;
    readonly options: pulumi.CustomResourceOptions;
}

export interface GooglePlan {
    readonly snapshot: Snapshot;
    readonly registered: readonly Registered[];
}

/** Plans services, network and cluster, with arguments in place of the usual ones; `use` is handed the cluster. */
export async function planGoogle(
    args: {
        name?: string;
        network?: Partial<NetworkArgs>;
        cluster?: Partial<GkeClusterArgs>;
        use?: (cluster: GkeCluster) => void;
    } = {},
): Promise<GooglePlan> {
    const registered: Registered[] = [];
    const transformations: pulumi.ResourceTransformation[] = [
        ({ type, name, props, opts }) => {
            registered.push({ type, name, props: props, options: opts });
            return undefined;
        },
    ];
    const name = args.name ?? "builds";
    const snapshot = await evaluate("test", () => {
        const { enabled } = new GoogleServices("services", { project: PROJECT.project }, { transformations });
        const given = { ...PROJECT, protect: true, dependsOn: enabled };
        const network = new Network(name, { ...given, buildEgress: [], ...args.network }, { transformations });
        const cluster = new GkeCluster(
            name,
            { ...given, network, oneRunANode: true, ...args.cluster },
            { transformations },
        );
        args.use?.(cluster);
        return {};
    });
    return { snapshot, registered };
}

export function ofType(snapshot: Snapshot, type: string): PlannedResource[] {
    return snapshot.resources.filter((resource) => resource.type === type);
}

/** URNs that a resource waits for, directly or through others. */
export function waitsFor(snapshot: Snapshot, urn: string, seen = new Set<string>()): Set<string> {
    for (const next of snapshot.resources.find((resource) => resource.urn === urn)?.dependencies ?? []) {
        if (!seen.has(next)) {
            seen.add(next);
            waitsFor(snapshot, next, seen);
        }
    }
    return seen;
}
