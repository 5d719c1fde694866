import { z } from "zod";
import { PATH, SUBSECTION } from "../build-script";
import { imagesPipeline } from "../images";
import { pipelineKind } from "../kind";
import { imageName } from "./image-name";
import { platforms } from "./platforms";

const path = z.string().regex(PATH, "must be a path like images/build, of names that do not begin with . or -");

const image = z.strictObject({
    name: imageName,
    /** Where the script leaves the image's OCI layout, below OUTPUT; its name when left out. */
    layout: path.optional(),
    /** With more than one, the layout holds an index. */
    platforms,
});

/** Whatever images the repository's own script makes. */
export const images = pipelineKind({
    image,
    settings: {
        /** Path of the build script in the repository. */
        script: path,
        /** What the script is told to build, as SUBSECTION. */
        subsection: z
            .string()
            .regex(
                SUBSECTION,
                "must be what the script builds, like //java/...: letters, digits and ._~:/@+=,*-, no option",
            ),
    },
    podSecurity: "restricted",
    pipeline: (context, entry) => {
        const { registryPath, scripted, base: _base, ...rest } = context;
        return imagesPipeline({
            ...rest,
            images: { git: scripted("git"), script: scripted("ko"), crane: scripted("crane") },
            script: entry.script,
            subsection: entry.subsection,
            built: entry.images.map(({ name, layout, platforms: given }) => ({
                layout: layout ?? name,
                image: `${registryPath}/${name}`,
                platforms: given,
            })),
        });
    },
});
