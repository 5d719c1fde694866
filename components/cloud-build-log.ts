import * as storage from "@pulumi/gcp/storage";
import type * as pulumi from "@pulumi/pulumi";
import { deletionPolicy } from "./deletion-policy";
import { googleName } from "./google-name";

interface BuildLogArgs {
    project: string;
    region: string;
    labels: Readonly<Record<string, string>>;
    /** As whom builds run. */
    member: pulumi.Input<string>;
    /** How many days a log is kept from being deleted or changed; then it is deleted. */
    days: number;
    protect: boolean;
    options: pulumi.CustomResourceOptions;
}

/**
 * Where the logs of a trigger's builds go. Whom they run as may add one and see that the bucket is there, and change none: so
 * a log arrives whole, when its build is over.
 *
 * @returns the bucket's URL, and what must be there before a build can log
 * @see https://cloud.google.com/build/docs/securing-builds/store-manage-build-logs
 */
export function buildLog(name: string, args: BuildLogArgs): { url: pulumi.Output<string>; ready: pulumi.Resource[] } {
    if (!Number.isInteger(args.days) || args.days <= 0) {
        throw new Error(`Logs cannot be kept for ${String(args.days)} days: give a whole number above 0.`);
    }
    const bucket = new storage.Bucket(
        `${name}-log`,
        {
            project: args.project,
            name: googleName("bucket", `${args.project}-${name}-log`),
            location: args.region,
            labels: args.labels,
            uniformBucketLevelAccess: true,
            publicAccessPrevention: "enforced",
            // Not locked: that could never be taken back.
            retentionPolicy: { retentionPeriod: String(args.days * 24 * 60 * 60), isLocked: false },
            lifecycleRules: [{ action: { type: "Delete" }, condition: { age: args.days } }],
            forceDestroy: false,
            deletionPolicy: deletionPolicy(args.protect),
        },
        { ...args.options, protect: args.protect },
    );
    const ready = Object.entries({
        writer: "roles/storage.objectCreator",
        // Sees the bucket and the names in it, and no log.
        finder: "roles/storage.legacyBucketReader",
    }).map(
        ([what, role]) =>
            new storage.BucketIAMMember(
                `${name}-log-${what}`,
                { bucket: bucket.name, role, member: args.member },
                args.options,
            ),
    );
    return { url: bucket.name.apply((known) => `gs://${known}`), ready };
}
