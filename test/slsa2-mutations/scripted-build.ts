import { at, grant, remove, resourceLike, set } from "../snapshot-edit";
import { add, data, pipeline, pipelineTask, type Properties, task, UNKNOWN, visitor, type Row } from "./plan-edit";

/** What breaks the row Build – Scripted build. */
export const scriptedBuild: Row = {
    breaks: {
        "a Task is not declared": (snapshot) => {
            remove(snapshot, resourceLike(snapshot, /^Task\/builds-crane\/ko/).name);
        },
        "a step has no script": (snapshot) => {
            delete (
                at(resourceLike(snapshot, /^Task\/builds-crane\/ko/).inputs, "spec", "steps", 0) as Record<
                    string,
                    unknown
                >
            )["command"];
        },
        "somebody may change what a merge runs": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, { apiGroups: [""], resources: ["configmaps"], verbs: ["update"] });
        },
        "somebody may change Pipelines": (snapshot) => {
            grant(snapshot, "builds-crane", visitor, {
                apiGroups: ["tekton.dev"],
                resources: ["*"],
                verbs: ["create"],
            });
            // Creating runs is another row's matter.
            const rules = snapshot.resources.at(-2)?.inputs["rules"] as { resources: string[] }[];
            set(rules, [0, "resources"], ["pipelines"]);
        },
        "a run may bring its own specification": (snapshot) => {
            data(snapshot, "tekton-pipelines-feature-flags")["disable-inline-spec"] = "";
        },
        "a task is referred to by name, without the resolver that records its digest": (snapshot) => {
            set(pipeline(snapshot), ["tasks", 1, "taskRef"], { name: "ko-image" });
        },

        "a param of the run is a script": (snapshot) => {
            set(task(snapshot, "ko-image"), ["steps", 0, "command"], ["/bin/sh", "-c", "$(params.script)"]);
        },
        "a param of the run is an argument": (snapshot) => {
            Object.assign(at(task(snapshot, "ko-image"), "steps", 0) as Properties, {
                args: ["-c", "$(inputs.params.x)"],
            });
        },
        "a task may be skipped": (snapshot) => {
            pipelineTask(snapshot, 1)["when"] = [{ input: "a", operator: "in", values: ["b"] }];
        },
        "a task that failed counts as done": (snapshot) => {
            pipelineTask(snapshot, 0)["onError"] = "continue";
        },
        "a step that failed counts as done": (snapshot) => {
            Object.assign(at(task(snapshot, "git-clone"), "steps", 0) as Properties, { onError: "continue" });
        },
        "a step's image names no digest": (snapshot) => {
            set(task(snapshot, "ko-image"), ["steps", 0, "image"], "example.com/ko:latest");
        },
        "a sidecar's image names no digest": (snapshot) => {
            add(task(snapshot, "ko-image"), "sidecars", { name: "x", image: "example.com/x:latest" });
        },
        "definitions may come over http": (snapshot) => {
            data(snapshot, "tekton-pipelines-resolvers-feature-flags")["enable-http-resolver"] = "true";
        },
        "it is not said whether definitions may come from git": (snapshot) => {
            delete data(snapshot, "tekton-pipelines-resolvers-feature-flags")["enable-git-resolver"];
        },
        "definitions may come from one namespace more": (snapshot) => {
            const config = data(snapshot, "tekton-pipelines-cluster-resolver-config");
            config["allowed-namespaces"] = `${config["allowed-namespaces"] ?? ""},default`;
        },
        "definitions may come from every namespace": (snapshot) => {
            data(snapshot, "tekton-pipelines-cluster-resolver-config")["allowed-namespaces"] = "";
        },
        "somebody may run commands in the resolvers' pods": (snapshot) => {
            grant(snapshot, "tekton-pipelines-resolvers", visitor, {
                apiGroups: [""],
                resources: ["pods/exec"],
                verbs: ["create"],
            });
        },
        "somebody may change what the resolvers are told": (snapshot) => {
            grant(snapshot, "tekton-pipelines-resolvers", visitor, {
                apiGroups: [""],
                resources: ["configmaps"],
                verbs: ["update"],
            });
        },
    },
    moves: {
        "a Task of the same name lies in another namespace": (snapshot) => {
            set(resourceLike(snapshot, /^Task\/builds-crane\/git-clone/).inputs, ["metadata", "namespace"], "default");
        },
    },
    hides: {
        "the switch is known only after deployment": (snapshot) => {
            data(snapshot, "tekton-pipelines-feature-flags")["disable-inline-spec"] =
                "[unknown: urn:pulumi:x::y::z::w#flag]";
        },

        "a script is known only after deployment": (snapshot) => {
            set(task(snapshot, "ko-image"), ["steps", 0, "command", 2], UNKNOWN);
        },
        "a part of the Pipeline is known only after deployment": (snapshot) => {
            pipeline(snapshot)["description"] = UNKNOWN;
        },
    },
};
