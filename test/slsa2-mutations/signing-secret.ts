import { at, declare, remove, resource, set } from "../snapshot-edit";
import { add, CHAINS, container, data, pod, type Properties, type Row } from "./plan-edit";

/** What breaks the row Provenance – Authenticated where Chains holds the key, in a Secret. */
export const signingSecret: Row = {
    breaks: {
        "Chains has no key": (snapshot) => {
            remove(snapshot, "tekton-chains-signing-key");
        },
        "the private key is handed to the builds too": (snapshot) => {
            const key = at(resource(snapshot, "tekton-chains-signing-key").inputs, "stringData", "x509.pem") as string;
            data(snapshot, "builds-crane-registry-ca")["key.pem"] = key;
        },
        "another key of the Secret is mounted as the signing key": (snapshot) => {
            set(pod(snapshot, CHAINS), ["volumes", 0, "secret"], {
                secretName: "signing-secrets",
                items: [{ key: "other.pem", path: "x509.pem" }],
            });
        },
        "the Secret holds a second key": (snapshot) => {
            const values = at(resource(snapshot, "tekton-chains-signing-key").inputs, "stringData") as Properties;
            values["cosign.key"] = "other";
        },
        "something is mounted over the key": (snapshot) => {
            add(
                container(snapshot, CHAINS),
                "volumeMounts",
                { name: "signing-secrets", mountPath: "/etc/signing-secrets" },
                { name: "registry-ca", mountPath: "/etc/./signing-secrets/x509.pem", subPath: "ca.crt" },
            );
        },
        "only a part of the Secret is mounted": (snapshot) => {
            add(container(snapshot, CHAINS), "volumeMounts", {
                name: "signing-secrets",
                mountPath: "/etc/signing-secrets",
                subPath: "x",
            });
        },
        "something else is mounted where Chains looks for the key": (snapshot) => {
            add(container(snapshot, CHAINS), "volumeMounts", {
                name: "registry-ca",
                mountPath: "/etc/signing-secrets",
            });
        },
        "a second Secret of the same name holds another key": (snapshot) => {
            const metadata = { name: "signing-secrets", namespace: "tekton-chains" };
            declare(snapshot, {
                apiVersion: "v1",
                kind: "Secret",
                metadata,
                data: { "x509.pem": "b3RoZXI=" },
            } as never);
        },
    },
    moves: {
        "a Secret of the same name lies in another namespace": (snapshot) => {
            set(resource(snapshot, "tekton-chains-signing-key").inputs, ["metadata", "namespace"], "default");
        },
    },
};
