import { all } from "../cel";
import type { Rule } from "../rule";

const images = (object: string, list: string): string =>
    `${object}.spec.?${list}.orValue([]).map(container, [container.name, container.?image.orValue("")])`;
const same = (list: string): string => `${images("object", list)} == ${images("oldObject", list)}`;

/**
 * Kubernetes lets whoever may update a pod change its images. Tekton stops a sidecar by giving it an image that does nothing;
 * the Tasks of this project have no sidecars and their results do not come by one, so nobody has a reason.
 */
export const podImagesFixed: Rule = {
    name: "pod-images-fixed",
    reason: "a container that is started again with another image does other work under the name of a declared step",
    cure: "declare the image in the platform's program and build again from a merge",
    judges: {
        where: "builds",
        requests: [{ apiGroups: [""], resources: ["pods"], operations: ["UPDATE"] }],
        checks: [
            {
                holds: all(same("containers"), same("initContainers")),
                otherwise: "the image of a container in a pod of a build is changed",
            },
        ],
    },
};
