import { at, declare, resource, resourceLike, set } from "../snapshot-edit";
import { UNKNOWN, type Mutation, type Properties } from "./plan-edit";

/** Declares an object a second time, outside the component that it belongs to. */
function again(name: RegExp): Mutation {
    return (snapshot) => {
        declare(snapshot, structuredClone(resourceLike(snapshot, name).inputs) as never);
    };
}

/** Declares a resource of a type that ends in `Patch`, for an object that is declared. */
function patch(name: RegExp): Mutation {
    return (snapshot) => {
        const declared = resourceLike(snapshot, name);
        declare(snapshot, structuredClone(declared.inputs) as never);
        set(snapshot.resources.at(-1), ["type"], `${declared.type}Patch`);
    };
}

/** What makes a plan one that no requirement can rest on. */
export const EVERY_REQUIREMENT: { breaks: Record<string, Mutation>; hides: Record<string, Mutation> } = {
    breaks: {
        "a Task is declared twice": again(/^Task\/builds-crane\/ko-image/),
        "the steps of a merge are declared twice": again(/^merge-trigger-crane-steps$/),
        "a role is declared twice, once without a namespace": (snapshot) => {
            again(/^merge-trigger-crane-role$/)(snapshot);
            delete (at(snapshot.resources.at(-1)?.inputs, "metadata") as Properties)["namespace"];
        },
        "Chains' Deployment is patched": patch(/Deployment.*chains-controller$/),
        "a Task is patched": patch(/^Task\/builds-crane\/git-clone/),
        "the signing key goes to another cluster": (snapshot) => {
            resource(snapshot, "tekton-chains-signing-key").provider = "urn:pulumi:other::cluster";
        },
        "a binding goes to the cluster that happens to be the default": (snapshot) => {
            delete resource(snapshot, "merge-trigger-crane-binding").provider;
        },
        "all objects go to a cluster that is not declared": (snapshot) => {
            snapshot.resources = snapshot.resources.filter(({ type }) => type !== "pulumi:providers:kubernetes");
        },
        "the provider puts objects in a namespace": (snapshot) => {
            resource(snapshot, "cluster").inputs["namespace"] = "builds-crane";
        },
        "the provider deploys nothing": (snapshot) => {
            resource(snapshot, "cluster").inputs["renderYamlToDirectory"] = "out";
        },
    },
    hides: {
        "a command runs": (snapshot) => {
            declare(snapshot, { apiVersion: "v1", kind: "x", metadata: {} });
            Object.assign(snapshot.resources.at(-1) ?? {}, {
                type: "command:local:Command",
                inputs: { create: "kubectl create clusterrolebinding x" },
            });
        },
        "a custom resource makes a foreign controller do something": (snapshot) => {
            const metadata = { name: "x", namespace: "default" };
            declare(snapshot, { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata });
        },
        "an object is of another kind than its type": (snapshot) => {
            declare(snapshot, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "default" } });
            set(snapshot.resources.at(-1), ["type"], "kubernetes:core/v1:Service");
        },
        "an object's namespace is known only after deployment": (snapshot) => {
            declare(snapshot, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: UNKNOWN } });
        },
        "an object's name is known only after deployment": (snapshot) => {
            declare(snapshot, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: UNKNOWN, namespace: "x" } });
        },
        ...Object.fromEntries(
            Object.entries({
                "a pod's account": { serviceAccountName: UNKNOWN },
                "a pod's Secret": { volumes: [{ name: "x", secret: { secretName: UNKNOWN } }] },
                "all of a pod": UNKNOWN,
            }).map(([what, spec]): [string, Mutation] => [
                `${what} is known only after deployment`,
                (snapshot) => {
                    const metadata = { name: "x", namespace: "default" };
                    declare(snapshot, { apiVersion: "v1", kind: "Pod", metadata, spec } as never);
                },
            ]),
        ),
    },
};
