import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedRelease } from "../locks/content";
import type { KubernetesObject } from "../locks/kubernetes-object";
import { NAMESPACES } from "../names";
import { featureFlagsData, PLATFORM_FEATURE_FLAGS } from "./feature-flags";
import { registerRelease } from "./release";
import { forEachController } from "./tekton-controllers";

/** Arguments of {@link TektonPipelines}. */
export interface TektonPipelinesArgs {
    release: LoadedRelease;
    /** The namespaces in which builds run: each gets a controller of its own. */
    buildNamespaces: readonly string[];
}

/** Objects of the release that this component declares itself, so that their content is typed and seen in a plan. */
const OWN_OBJECTS = new Set([
    `ConfigMap/${NAMESPACES.tektonPipelines}/feature-flags`,
    `ConfigMap/${NAMESPACES.tektonResolvers}/resolvers-feature-flags`,
    `ConfigMap/${NAMESPACES.tektonResolvers}/cluster-resolver-config`,
]);

/** Roles of the resolvers: they resolve Tasks and Pipelines of the cluster, for which no secret is needed. */
const RESOLVER_ROLES = new Set([
    "ClusterRole//tekton-pipelines-resolvers-resolution-request-updates",
    `Role/${NAMESPACES.tektonResolvers}/tekton-pipelines-resolvers-namespace-rbac`,
]);

/** Tekton Pipelines from its release, with the switches that decide what a build may do declared one by one. */
export class TektonPipelines extends pulumi.ComponentResource {
    /** Ready when Tasks and Pipelines can be created. */
    readonly ready: pulumi.Resource[];

    constructor(name: string, args: TektonPipelinesArgs, options?: pulumi.ComponentResourceOptions) {
        super("slsa:index:TektonPipelines", name, {}, options);
        this.ready = registerRelease({
            release: args.release,
            change: (object) => change(object, args.buildNamespaces),
            options: { parent: this },
            instead: (namespaces) => this.declare(name, args, { parent: this, dependsOn: namespaces }),
        });
        this.registerOutputs({});
    }

    /** The switches that decide what a run may be and where definitions come from. */
    private declare(name: string, args: TektonPipelinesArgs, options: pulumi.CustomResourceOptions): pulumi.Resource[] {
        const configuration = (configMap: string, namespace: string, data: Record<string, string>): core.ConfigMap =>
            new core.ConfigMap(
                `${name}-${configMap}`,
                // By this label Tekton's webhook knows the ConfigMaps whose values it checks.
                {
                    metadata: {
                        name: configMap,
                        namespace,
                        labels: { "app.kubernetes.io/part-of": "tekton-pipelines" },
                    },
                    data,
                },
                options,
            );
        return [
            configuration("feature-flags", NAMESPACES.tektonPipelines, featureFlagsData(PLATFORM_FEATURE_FLAGS)),
            configuration("resolvers-feature-flags", NAMESPACES.tektonResolvers, {
                "enable-cluster-resolver": "true",
                "enable-bundles-resolver": "false",
                "enable-git-resolver": "false",
                "enable-http-resolver": "false",
                "enable-hub-resolver": "false",
            }),
            configuration("cluster-resolver-config", NAMESPACES.tektonResolvers, {
                "default-kind": "task",
                "default-namespace": "",
                "allowed-namespaces": args.buildNamespaces.join(","),
                "blocked-namespaces": "",
            }),
        ];
    }
}

function change(object: KubernetesObject, buildNamespaces: readonly string[]): KubernetesObject[] {
    const id = `${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    if (OWN_OBJECTS.has(id)) {
        return [];
    }
    return (
        forEachController(object, buildNamespaces) ?? [
            RESOLVER_ROLES.has(id) ? { ...object, rules: withoutSecrets(object["rules"]) } : object,
        ]
    );
}

/** The rules of a role with the resource `secrets` taken out of each. */
function withoutSecrets(rules: unknown): unknown[] {
    return (rules as { resources?: string[] }[]).flatMap((rule) => {
        const resources = rule.resources?.filter((resource) => resource !== "secrets");
        return resources?.length === 0 ? [] : [{ ...rule, resources }];
    });
}
