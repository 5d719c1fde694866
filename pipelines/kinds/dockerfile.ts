import { z } from "zod";
import { dockerfilePipeline } from "../dockerfile";
import { REGISTRY_HOST, REGISTRY_PATH, SOURCE_PATH } from "../dockerfile-image";
import { pipelineKind } from "../kind";
import { imageName } from "./image-name";

const sourcePath = z
    .string()
    .regex(
        SOURCE_PATH,
        "must be a path in the repository, like app/Dockerfile, without .. and not beginning with / or -",
    );

const image = z.strictObject({
    /** Path of the Dockerfile in the repository. */
    dockerfile: sourcePath.default("Dockerfile"),
    /** Directory of the repository that `COPY` and `ADD` take files from. */
    context: sourcePath.default("."),
    name: imageName,
    /** Registries to ask in place of those that the Dockerfile names, which are then never asked themselves. */
    mirrors: z
        .record(
            z
                .string()
                .regex(REGISTRY_HOST, "must be the host of a registry, like docker.io or registry.example.com:5000"),
            z.string().regex(REGISTRY_PATH, "must be a registry or a path in one, like mirror.example.com/hub"),
        )
        .default({}),
});

/** Dockerfiles, built by kaniko. What they say is run by root in the build's container. */
export const dockerfile = pipelineKind({
    image,
    settings: {},
    podSecurity: "baseline",
    pipeline: (context, { images }) => {
        const { registryPath, scripted, base: _base, ...rest } = context;
        return dockerfilePipeline({
            ...rest,
            images: { git: scripted("git"), kaniko: scripted("kaniko"), crane: scripted("crane") },
            dockerfiles: images.map(({ name, ...given }) => ({ ...given, image: `${registryPath}/${name}` })),
        });
    },
});
