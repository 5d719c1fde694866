import { z } from "zod";
import { pipelineKind } from "../kind";
import { koPipeline } from "../ko";
import { imageName } from "./image-name";
import { platforms } from "./platforms";

const image = z.strictObject({
    /** Go import path below the repository's root, as `ko` takes it. */
    importPath: z
        .string()
        // `..` would leave the repository, `...` is Go's wildcard.
        .regex(
            /^\.(?:\/(?!\.\.(?:\/|$))(?![^/]*\.\.\.)[A-Za-z0-9._-]+)*$/,
            "must be a path like ./cmd/app, without .. and ...",
        ),
    name: imageName,
    /** Go packages whose tests must pass before anything is built, as `go test` takes them. */
    test: z
        .array(
            z
                .string()
                .regex(/^\.(?:\/[A-Za-z0-9._-]+)*$/, "must be packages of the repository, like ./... or ./cmd/app"),
        )
        .default([]),
});

/** Go commands, built by ko without a network. */
export const ko = pipelineKind({
    image,
    settings: {
        /** With more than one, every image is an index. */
        platforms,
    },
    podSecurity: "restricted",
    pipeline: (context, { images, platforms }) => {
        const { registryPath, scripted, base, ...rest } = context;
        return koPipeline({
            ...rest,
            images: { git: scripted("git"), ko: scripted("ko"), crane: scripted("crane") },
            baseImage: base("static-base"),
            packages: images.map(({ importPath, name, test }) => ({
                importPath,
                test,
                image: `${registryPath}/${name}`,
            })),
            platforms,
        });
    },
});
