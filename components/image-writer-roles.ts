import * as projects from "@pulumi/gcp/projects";
import type * as pulumi from "@pulumi/pulumi";

/** Names of the roles of those who write, as a policy has them. */
export interface ImageWriterRoles {
    /** Pushes by digest. */
    push: pulumi.Output<string>;
    /** Pushes, and gives tags. */
    tag: pulumi.Output<string>;
}

/**
 * Beside reading, which Google's own role gives. Google's `roles/artifactregistry.writer` has more: it changes files and
 * packages, writes attachments, and gives tags to whoever only pushes. Neither of these, nor it, deletes anything.
 *
 * @see https://cloud.google.com/iam/docs/roles-permissions/artifactregistry
 */
const PUSH = ["artifactregistry.repositories.uploadArtifacts"];
const TAG = [...PUSH, "artifactregistry.tags.create", "artifactregistry.tags.update"];

/**
 * The project's own roles for writing images. They grant nothing until a repository's policy names them. A role that was
 * deleted is there for a week, and its name for 37 days: who destroys and deploys again gets the same ones back, within these
 * days by undeleting them.
 */
export function imageWriterRoles(
    name: string,
    project: string,
    options: pulumi.CustomResourceOptions,
): ImageWriterRoles {
    const role = (what: string, title: string, permissions: string[]): pulumi.Output<string> =>
        new projects.IAMCustomRole(
            `${name}-${what}-role`,
            { project, roleId: roleId(`${name}-${what}`), title, permissions, stage: "GA" },
            options,
            // Not the role's own output: a plan names what a policy grants.
        ).roleId.apply((id) => `projects/${project}/roles/${id}`);
    return {
        push: role("pusher", "Pushes images by digest", PUSH),
        tag: role("tagger", "Pushes images and gives tags", TAG),
    };
}

/** https://cloud.google.com/iam/docs/creating-custom-roles */
function roleId(name: string): string {
    const id = name.replaceAll("-", "_");
    if (!/^[A-Za-z0-9_.]{3,64}$/.test(id)) {
        throw new Error(
            `"${id}" is no name of a role: 3 to 64 letters, digits, "_" and "." are allowed. Give the component another name.`,
        );
    }
    return id;
}
