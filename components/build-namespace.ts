import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import { BUILD_IDENTITIES, CONTROLLERS, MOST_RUNS, tektonController } from "../names";
import { namesFrom } from "./name-servers";
import { registryAccess, type RegistryAccess } from "./registry-access";
import { CONTROLLER_RULES } from "./tekton-controllers";
import { restrictedNamespace, type RestrictedNamespace } from "./restricted-namespace";

/** Label by which Tekton marks the pod of a pipeline's task. */
const PIPELINE_TASK = "tekton.dev/pipelineTask";

/** Destination as `CIDR:PORT`. */
export type CidrPort = string;

/** Arguments of {@link BuildNamespace}; the access to the registry is the push Task's. */
export interface BuildNamespaceArgs extends RegistryAccess {
    namespace: string;
    /** The level that the pipeline's steps need. Default: "restricted". */
    podSecurity?: "restricted" | "baseline";
    /** Names of the pipeline's tasks that clone, build and push. */
    tasks: Readonly<Record<"clone" | "build" | "push", readonly string[]>>;
    /** Where the clone Task may connect to: the source repository's server. */
    cloneEgress: CidrPort[];
    /** Where the build Task may connect to: declared mirrors, or nowhere. */
    buildEgress: CidrPort[];
    /** Size of a run's volume, as `2Gi`. */
    workspaceSize: string;
    /** Whom the Tasks may ask for names: CIDRs of name servers, or nobody. */
    nameServers: string[];
    /** Namespace and port of the registry's pods, for the push Task. */
    registry: { namespace: string; port: number };
    /** What must be there first, and on destroy go last: Tekton, and Chains, which holds finalizers on runs. */
    dependsOn: pulumi.Resource[];
}

/** Each run that goes on has one; that of one that has ended goes a moment later. */
const VOLUMES = 2 * MOST_RUNS;
const RBAC = "rbac.authorization.k8s.io";

/**
 * A namespace in which builds run: identities that may do one thing each, what the controllers need there and no more,
 * Pod Security "restricted" unless the pipeline needs "baseline", no network but what each Task declares, and a quota.
 */
export class BuildNamespace extends pulumi.ComponentResource {
    /** Name of the namespace, known to exist. */
    readonly namespace: pulumi.Output<string>;
    /** Ready when a build may start. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: BuildNamespaceArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:BuildNamespace", name, {}, options);
        const child = { parent: this };
        const { name: namespace, metadata } = restrictedNamespace(
            name,
            args.namespace,
            { ...child, dependsOn: args.dependsOn },
            args.podSecurity,
        );
        this.namespace = namespace;

        const identities = [BUILD_IDENTITIES.builder, BUILD_IDENTITIES.pusher].map(
            (identity) =>
                new core.ServiceAccount(
                    `${name}-${identity}`,
                    { metadata: metadata(identity), automountServiceAccountToken: false },
                    child,
                ),
        );
        const grants = [
            ...this.grant(name, metadata, tektonController(args.namespace), CONTROLLER_RULES),
            ...this.grant(name, metadata, CONTROLLERS.tektonChains, [
                // Chains looks for registry secrets of the run's service account before it takes its own credential.
                { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get"] },
                { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
            ]),
        ];
        const mounted = registryAccess(name, namespace, args, child);
        const names = namesFrom(args.nameServers);
        const network = [
            this.policy(name, metadata, "nothing-by-default", undefined, [], true),
            this.policy(name, metadata, "clone", args.tasks.clone, [...args.cloneEgress.map(destination), ...names]),
            this.policy(name, metadata, "build", args.tasks.build, [...args.buildEgress.map(destination), ...names]),
            this.policy(name, metadata, "push", args.tasks.push, [
                {
                    to: [
                        {
                            namespaceSelector: {
                                matchLabels: { "kubernetes.io/metadata.name": args.registry.namespace },
                            },
                        },
                    ],
                    ports: [{ port: args.registry.port, protocol: "TCP" }],
                },
                ...names,
            ]),
        ];
        const limits = new core.ResourceQuota(
            `${name}-quota`,
            {
                metadata: metadata("builds"),
                spec: {
                    // Not of runs: Kubernetes learns of a new kind up to half a minute late, and refuses all of it until then;
                    // and ended runs would use such a quota up.
                    hard: {
                        // Of each run its pushes, or one task before them, and its affinity assistant; and some that end.
                        pods: String(MOST_RUNS * (args.tasks.push.length + 2)),
                        persistentvolumeclaims: String(VOLUMES),
                        "requests.storage": times(args.workspaceSize, VOLUMES),
                        "services.loadbalancers": "0",
                        "services.nodeports": "0",
                    },
                },
            },
            child,
        );
        this.ready = [...identities, ...grants, ...mounted, ...network, limits];
        this.registerOutputs({ namespace });
    }

    /** A Role and its binding for a controller's service account. */
    private grant(
        name: string,
        metadata: RestrictedNamespace["metadata"],
        account: { namespace: string; name: string },
        rules: types.input.rbac.v1.PolicyRule[],
    ): pulumi.Resource[] {
        const role = new rbac.Role(
            `${name}-${account.name}`,
            { metadata: metadata(account.name), rules },
            { parent: this },
        );
        const binding = new rbac.RoleBinding(
            `${name}-${account.name}-binding`,
            {
                metadata: metadata(account.name),
                roleRef: { apiGroup: RBAC, kind: "Role", name: role.metadata.name },
                subjects: [{ kind: "ServiceAccount", ...account }],
            },
            { parent: this },
        );
        return [role, binding];
    }

    /** @param tasks - of which tasks the pods are meant; undefined: every pod of the namespace */
    private policy(
        name: string,
        metadata: RestrictedNamespace["metadata"],
        policy: string,
        tasks: readonly string[] | undefined,
        egress: types.input.networking.v1.NetworkPolicyEgressRule[],
        ingress = false,
    ): pulumi.Resource {
        return new networking.NetworkPolicy(
            `${name}-network-${policy}`,
            {
                metadata: metadata(policy),
                spec: {
                    podSelector:
                        tasks === undefined
                            ? {}
                            : { matchExpressions: [{ key: PIPELINE_TASK, operator: "In", values: [...tasks] }] },
                    policyTypes: ingress ? ["Ingress", "Egress"] : ["Egress"],
                    egress,
                },
            },
            { parent: this },
        );
    }
}

/** A quantity of one number and a unit, so many times. */
function times(quantity: string, count: number): string {
    const unit = quantity.replace(/^[0-9]+/, "");
    return `${String(Number.parseInt(quantity, 10) * count)}${unit}`;
}

function destination(cidrPort: CidrPort): types.input.networking.v1.NetworkPolicyEgressRule {
    const [cidr = "", port = ""] = cidrPort.split(":");
    return { to: [{ ipBlock: { cidr } }], ports: [{ port: Number(port), protocol: "TCP" }] };
}
