import { at, declare, grant, remove, resource, resourceLike, set } from "../snapshot-edit";
import {
    add,
    container,
    data,
    LOG,
    pipelineResult,
    pod,
    type Properties,
    rekorArgs,
    run,
    task,
    UNKNOWN,
    visitor,
    wholeRun,
    without,
    withoutPipelineResult,
    type Row,
} from "./plan-edit";

/** What breaks the row Provenance – Available. */
export const provenanceAvailable: Row = {
    breaks: {
        "provenance is not stored beside the image": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.storage"] = "";
        },
        "transparency is spelt so that Chains reads false": (snapshot) => {
            data(snapshot, "tekton-chains-config")["transparency.enabled"] = "True ";
        },
        "the log keeps no attestations": (snapshot) => {
            without(rekorArgs(snapshot), /^--enable_attestation_storage$/);
        },
        "the log's storage loses every body": (snapshot) => {
            const args = rekorArgs(snapshot);
            without(args, /^--attestation_storage_bucket=/);
            args.push("--attestation_storage_bucket=file:///var/lib/attestations");
        },
        "the log is not deployed": (snapshot) => {
            remove(snapshot, "transparency-log-rekor");
        },
        "the images are a constant": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["value"] = `example.com/other@sha256:${"0".repeat(64)}`;
        },
        "the images are what the run was asked for": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["value"] = "$(params.images)";
        },
        "the images are stated by the task that runs the source": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["value"] = "$(tasks.build.results.IMAGES)";
        },
        "the images are stated under a name that Chains does not read": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["name"] = "push-IMAGES";
        },
        "some of the images are stated by the task that runs the source": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["value"] = "$(tasks.push.results.IMAGES)\n$(tasks.build.results.IMAGES)";
        },
        "some of the images are a constant": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["value"] =
                `$(tasks.push.results.IMAGES)\nexample.com/other@sha256:${"0".repeat(64)}`;
        },
        "an image's URL is stated without its digest": (snapshot) => {
            pipelineResult(snapshot, "IMAGES")["name"] = "IMAGE_URL";
        },
        "the log drops large statements": (snapshot) => {
            rekorArgs(snapshot).push("--max_attestation_size=1");
        },
        "a later flag switches the log's storage off": (snapshot) => {
            rekorArgs(snapshot).push("--enable_attestation_storage=false");
        },
        "provenance lies in another repository": (snapshot) => {
            data(snapshot, "tekton-chains-config")["storage.oci.repository"] = "example.com/elsewhere";
        },
        "the Pipeline names no image": (snapshot) => {
            withoutPipelineResult(snapshot, "IMAGES");
        },

        "subjects are looked for in single tasks": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.enable-deep-inspection"] = "true";
        },
        "single tasks are attested too": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.taskrun.storage"] = "oci";
        },
        "an image's signature is stored where nobody looks for it": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.oci.storage"] = "tekton";
        },
        "an image's signature is stored in two places": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.oci.storage"] = "oci,grafeas";
        },
        "a run says that Chains signed it": (snapshot) => {
            wholeRun(snapshot, ({ metadata }) => {
                metadata["annotations"] = { "chains.tekton.dev/signed": "true" };
            });
        },
        "a run says of one of its tasks that Chains signed it": (snapshot) => {
            run(snapshot, (spec) => {
                const metadata = { annotations: { "chains.tekton.dev/signed": "true" } };
                Object.assign(at(spec, "taskRunSpecs", 1) as Properties, { metadata });
            });
        },
        "the Pipeline says that Chains signed its runs": (snapshot) => {
            Object.assign(at(resourceLike(snapshot, /^Pipeline\/builds-crane\//).inputs, "metadata") as Properties, {
                annotations: { "chains.tekton.dev/signed": "true" },
            });
        },
        "a Task says that Chains signed its runs": (snapshot) => {
            Object.assign(
                at(resourceLike(snapshot, /^Task\/builds-crane\/ko-image/).inputs, "metadata") as Properties,
                {
                    annotations: { "chains.tekton.dev/signed": "true" },
                },
            );
        },
        "the task that runs the source holds the registry's credential too": (snapshot) => {
            add(task(snapshot, "ko-image"), "volumes", {
                name: "x",
                secret: { secretName: "registry-credentials" },
            });
        },
        "the task that clones reads a Secret": (snapshot) => {
            const secretKeyRef = { name: "registry-credentials", key: "x" };
            add(at(task(snapshot, "git-clone"), "steps", 0) as Properties, "env", {
                name: "X",
                valueFrom: { secretKeyRef },
            });
        },
        "the task that clones holds a Secret of the platform's": (snapshot) => {
            add(task(snapshot, "git-clone"), "volumes", { name: "x", secret: { secretName: "registry-credentials" } });
        },
        "the task that clones holds two Secrets": (snapshot) => {
            for (const secretName of ["one", "two"]) {
                add(task(snapshot, "git-clone"), "volumes", { name: secretName, secret: { secretName } });
            }
        },
        "the task that builds holds a Secret that nobody declares": (snapshot) => {
            add(task(snapshot, "ko-image"), "volumes", { name: "x", secret: { secretName: "x" } });
        },
        "the images are stated by a task that holds some other Secret": (snapshot) => {
            set(task(snapshot, "push-images"), ["volumes", 1, "secret", "secretName"], "nothing");
        },
        "a flag of the log is given as two arguments": (snapshot) => {
            rekorArgs(snapshot).push("--max_attestation_size", "1");
        },
        "the size that the log keeps is no number": (snapshot) => {
            rekorArgs(snapshot).push("--max_attestation_size=0x1");
        },
        "the log's storage is its memory": (snapshot) => {
            rekorArgs(snapshot).push("--attestation_storage_bucket=mem://");
        },
        "the log's storage lies on no volume": (snapshot) => {
            rekorArgs(snapshot).push("--attestation_storage_bucket=file:///tmp?no_tmp_dir=true");
        },
        "the log's storage is lost with its pod": (snapshot) => {
            const volumes = pod(snapshot, LOG)["volumes"] as Properties[];
            set(volumes, [volumes.findIndex(({ name }) => name === "attestations")], {
                name: "attestations",
                emptyDir: {},
            });
        },
        "the log's claim is not declared": (snapshot) => {
            remove(snapshot, "transparency-log-attestations");
        },
        "the log has another key at each start": (snapshot) => {
            rekorArgs(snapshot).push("--rekor_server.signer=memory");
        },
        "the log's key is on no Secret": (snapshot) => {
            rekorArgs(snapshot).push("--rekor_server.signer=/tmp/rekor.pem");
        },
        "something else runs in place of the log": (snapshot) => {
            container(snapshot, LOG)["command"] = ["sh", "-c", "sleep 1d"];
        },
        "another container runs beside the log": (snapshot) => {
            add(pod(snapshot, LOG), "containers", { name: "other" });
        },
        "a second log is behind the Service": (snapshot) => {
            const inputs = structuredClone(resource(snapshot, LOG).inputs);
            set(inputs, ["metadata", "name"], "other");
            declare(snapshot, inputs as never);
        },
        "the log's Service leads to another port": (snapshot) => {
            set(resource(snapshot, "transparency-log-rekor-service").inputs, ["spec", "ports", 0, "targetPort"], 9);
        },
        "the log's Service selects nothing": (snapshot) => {
            set(resource(snapshot, "transparency-log-rekor-service").inputs, ["spec", "selector"], {});
        },
        "somebody may run commands in the log's pods": (snapshot) => {
            grant(snapshot, "transparency-log", visitor, {
                apiGroups: [""],
                resources: ["pods/exec"],
                verbs: ["create"],
            });
        },
        "somebody may answer in the log's place": (snapshot) => {
            grant(snapshot, "transparency-log", visitor, {
                apiGroups: [""],
                resources: ["services"],
                verbs: ["update"],
            });
        },
    },
    moves: {
        "the log's Service has another address": (snapshot) => {
            set(resource(snapshot, "transparency-log-rekor-service").inputs, ["spec", "clusterIP"], "10.96.0.99");
        },
        "a log of the same name runs in another namespace": (snapshot) => {
            set(resource(snapshot, "transparency-log-rekor").inputs, ["metadata", "namespace"], "default");
        },
    },
    hides: {
        "the storage is known only after deployment": (snapshot) => {
            data(snapshot, "tekton-chains-config")["artifacts.pipelinerun.storage"] =
                "[unknown: urn:pulumi:x::y::z::w#storage]";
        },

        "annotations of a run are known only after deployment": (snapshot) => {
            wholeRun(snapshot, ({ metadata }) => {
                metadata["annotations"] = UNKNOWN;
            });
        },
    },
};
