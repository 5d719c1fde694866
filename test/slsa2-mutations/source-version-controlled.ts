import { at, set } from "../snapshot-edit";
import {
    add,
    data,
    pipeline,
    pipelineResult,
    pipelineTask,
    type Properties,
    run,
    withoutPipelineResult,
    type Row,
} from "./plan-edit";

/** What breaks the row Source – Version controlled. */
export const sourceVersionControlled: Row = {
    breaks: {
        "the repository is not named": (snapshot) => {
            data(snapshot, "merge-trigger-crane-steps")["repository"] = "";
        },
        "the repository's URL carries a credential": (snapshot) => {
            data(snapshot, "merge-trigger-crane-steps")["repository"] = "https://user:word@example.com/app.git";
        },
        "another repository is built than the one that is named": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["params", 0, "value"], "https://example.com/other.git");
            });
        },
        "every merge builds the same commit": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["params", 1, "value"], "0".repeat(40));
            });
        },
        "every branch is built": (snapshot) => {
            data(snapshot, "merge-trigger-crane-steps")["branch"] = "*";
        },
        "the commit is what the run asked for, not what was cloned": (snapshot) => {
            pipelineResult(snapshot, "CHAINS-GIT_COMMIT")["value"] = "$(params.commit)";
        },
        "the source's URL is not stated": (snapshot) => {
            withoutPipelineResult(snapshot, "CHAINS-GIT_URL");
        },
        "the clone always fetches the same branch": (snapshot) => {
            set(pipeline(snapshot), ["tasks", 0, "params", 1, "value"], "main");
        },

        "a param states another source": (snapshot) => {
            add(pipeline(snapshot), "params", { name: "CHAINS-GIT_URL", default: "https://example.com/other.git" });
        },
        "a structured result states another source": (snapshot) => {
            add(pipeline(snapshot), "results", { name: "x_ARTIFACT_INPUTS", value: "$(tasks.build.results.x)" });
        },
        "the source is stated twice": (snapshot) => {
            add(pipeline(snapshot), "results", { ...pipelineResult(snapshot, "CHAINS-GIT_URL") });
        },
        "the build reads another workspace than the clone's": (snapshot) => {
            set(pipelineTask(snapshot, 1), ["workspaces", 0, "workspace"], "other");
        },
        "the build reads a part of the clone's workspace": (snapshot) => {
            set(pipelineTask(snapshot, 1), ["workspaces", 0], { name: "workspace", workspace: "source", subPath: "x" });
        },
        "all runs share one volume": (snapshot) => {
            run(snapshot, (spec) => {
                set(spec, ["workspaces", 0], { name: "source", persistentVolumeClaim: { claimName: "shared" } });
            });
        },
        "a run's workspace is the registry's credential": (snapshot) => {
            run(snapshot, (spec) => {
                add(spec, "workspaces", { name: "x", secret: { secretName: "registry-credentials" } });
            });
        },
        "a run's volume is a copy of another": (snapshot) => {
            run(snapshot, (spec) => {
                const claim = at(spec, "workspaces", 0, "volumeClaimTemplate", "spec") as Properties;
                claim["dataSource"] = { kind: "PersistentVolumeClaim", name: "other" };
            });
        },
    },
    moves: {
        "the commit comes from a result of the same name of another task": (snapshot) => {
            pipelineResult(snapshot, "CHAINS-GIT_COMMIT")["value"] = "$(tasks.build.results.CHAINS-GIT_COMMIT)";
        },
    },
    hides: {
        "the repository is known only after deployment": (snapshot) => {
            data(snapshot, "merge-trigger-crane-steps")["repository"] = "[unknown: urn:pulumi:x::y::z::w#url]";
        },
    },
};
