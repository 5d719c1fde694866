import { valueAt } from "../../requirements/findings";
import { resource } from "../snapshot-edit";
import { planGoogle, type GooglePlan } from "./google-plan";

/** A property of a planned resource, and its value; undefined is what a plan does not set. */
type Met = readonly [resource: string, path: string, value: unknown];
/** What is not done as there, and why. */
type Reason = string;

const CLUSTER = "builds-cluster";
const SYSTEM = "builds-system-pool";
const BUILD = "builds-build-pool";
const SYSTEM_ACCOUNT = "builds-system@test-project.iam.gserviceaccount.com";
const BUILD_ACCOUNT = "builds-build@test-project.iam.gserviceaccount.com";
const KEY =
    "[unknown: urn:pulumi:test::slsa-build-platform::slsa:index:GkeCluster$gcp:kms/cryptoKey:CryptoKey::builds-secrets-key#id]";

/** One property alike in both pools. */
const pools = (path: string, value: unknown): Met[] => [
    [SYSTEM, path, value],
    [BUILD, path, value],
];

/**
 * Everything that the module `safer-cluster` of terraform-google-kubernetes-engine v44.2.0 sets, or hands on from a variable of
 * its own, with what it is there when nothing is said.
 */
const SETTINGS: readonly (readonly [setting: string, there: string, here: Met[] | Reason])[] = [
    // What it is, and where.
    ["project_id", "given", [[CLUSTER, "project", "test-project"]]],
    ["name", "given", [[CLUSTER, "name", "builds"]]],
    ["description", "empty", [[CLUSTER, "description", "Builds container images with signed provenance."]]],
    ["regional, region", "a regional control plane", [[CLUSTER, "location", "europe-west4"]]],
    ["zones", "none: GKE chooses", [[CLUSTER, "nodeLocations", undefined]]],
    [
        "network, subnetwork",
        "given",
        [
            [
                CLUSTER,
                "network",
                "[unknown: urn:pulumi:test::slsa-build-platform::slsa:index:Network$gcp:compute/network:Network::builds-network#selfLink]",
            ],
            [
                CLUSTER,
                "subnetwork",
                "[unknown: urn:pulumi:test::slsa-build-platform::slsa:index:Network$gcp:compute/subnetwork:Subnetwork::builds-nodes#selfLink]",
            ],
        ],
    ],
    [
        "network_project_id",
        "no shared VPC",
        "The network is the cluster's own: its firewall is a part of what is declared.",
    ],
    ["ip_range_pods", "given", [[CLUSTER, "ipAllocationPolicy.clusterSecondaryRangeName", "pods"]]],
    ["ip_range_services", "none", [[CLUSTER, "ipAllocationPolicy.servicesSecondaryRangeName", "services"]]],
    ["cluster_resource_labels", "given", [[CLUSTER, "resourceLabels", { platform: "slsa-build" }]]],
    ["timeouts", "none", "They are an option of the resource, and the provider's own, 90 minutes, are long enough."],

    // How long it lasts, and how it changes.
    ["deletion_protection", "true", [[CLUSTER, "deletionProtection", true]]],
    ["release_channel", "REGULAR", [[CLUSTER, "releaseChannel.channel", "REGULAR"]]],
    ["kubernetes_version", "none: the channel's", [[CLUSTER, "minMasterVersion", undefined]]],
    [
        "maintenance_start_time, _end_time, _recurrence",
        "daily at 05:00",
        [[CLUSTER, "maintenancePolicy.recurringWindow.recurrence", "FREQ=WEEKLY;BYDAY=SA,SU"]],
    ],
    ["maintenance_exclusions", "none", [[CLUSTER, "maintenancePolicy.maintenanceExclusions", undefined]]],
    [
        "notification_config_topic",
        "none",
        "Upgrades have their window; alerts are made of logs and metrics, and need no topic.",
    ],
    ["remove_default_node_pool", "true", [[CLUSTER, "removeDefaultNodePool", true]]],
    ["initial_node_count", "1", [[CLUSTER, "initialNodeCount", 1]]],

    // The control plane.
    [
        "enable_private_endpoint",
        "true: no public address",
        [[CLUSTER, "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", false]],
    ],
    ["deploy_using_private_endpoint", "true", "Without an address, deployments too take the DNS endpoint."],
    [
        "master_authorized_networks",
        "nobody but nodes",
        "They guard addresses, and there are none: IAM guards the DNS endpoint.",
    ],
    ["master_ipv4_cidr_block", "10.0.0.0/28", "It is the range of an address that the control plane does not have."],
    ["private_endpoint_subnetwork", "none", [[CLUSTER, "privateClusterConfig.privateEndpointSubnetwork", undefined]]],
    [
        "master_global_access_enabled",
        "true",
        "It is about the private address; the DNS endpoint is reached from all regions.",
    ],
    [
        "issue_client_certificate",
        "false",
        [[CLUSTER, "masterAuth.clientCertificateConfig.issueClientCertificate", false]],
    ],
    ["authenticator_security_group", "none", [[CLUSTER, "authenticatorGroupsConfig", undefined]]],
    [
        "database_encryption",
        "off",
        [
            [CLUSTER, "databaseEncryption.state", "ENCRYPTED"],
            [CLUSTER, "databaseEncryption.keyName", KEY],
        ],
    ],
    ["user_managed_keys_config", "none", [[CLUSTER, "userManagedKeysConfig", undefined]]],
    [
        "enable_binary_authorization",
        "true",
        [[CLUSTER, "binaryAuthorization.evaluationMode", "PROJECT_SINGLETON_POLICY_ENFORCE"]],
    ],
    [
        "enable_pod_security_policy",
        "false",
        "Kubernetes has none since 1.25: the namespaces here have Pod Security levels.",
    ],

    // The network.
    [
        "enable_private_nodes",
        "true",
        [
            [CLUSTER, "privateClusterConfig.enablePrivateNodes", true],
            ...pools("networkConfig.enablePrivateNodes", true),
        ],
    ],
    ["datapath_provider", "ADVANCED_DATAPATH", [[CLUSTER, "datapathProvider", "ADVANCED_DATAPATH"]]],
    [
        "network_policy",
        "false: the data plane has its own",
        [
            [CLUSTER, "networkPolicy", undefined],
            [CLUSTER, "addonsConfig.networkPolicyConfig.disabled", true],
        ],
    ],
    ["enable_intranode_visibility", "false", [[CLUSTER, "enableIntranodeVisibility", true]]],
    ["disable_default_snat", "false", [[CLUSTER, "defaultSnatStatus", undefined]]],
    [
        "add_cluster_firewall_rules",
        "false",
        [
            ["builds-webhooks", "direction", "INGRESS"],
            ["builds-build-to-cluster", "direction", "EGRESS"],
        ],
    ],
    ["firewall_inbound_ports", "8443, 9443, 15017", [["builds-webhooks", "allows.0.ports", ["8443"]]]],
    ["firewall_priority", "1000", [["builds-webhooks", "priority", 900]]],
    [
        "stub_domains, upstream_nameservers",
        "none",
        "They are a ConfigMap of kube-dns, and nothing here has a name server of its own.",
    ],
    ["cluster_dns_provider, _scope, _domain", "GKE's", [[CLUSTER, "dnsConfig", undefined]]],
    ["dns_cache", "false", [[CLUSTER, "addonsConfig.dnsCacheConfig.enabled", false]]],
    ["enable_l4_ilb_subsetting", "false", [[CLUSTER, "enableL4IlbSubsetting", undefined]]],
    ["gateway_api_channel", "none", [[CLUSTER, "gatewayApiConfig", undefined]]],
    [
        "http_load_balancing",
        "true",
        "Off: whoever may create an Ingress could put a pod on the internet, and nothing here is for it.",
    ],

    // The nodes.
    [
        "node_pools",
        "given",
        [
            [SYSTEM, "autoscaling.totalMaxNodeCount", 3],
            [BUILD, "autoscaling.totalMaxNodeCount", 10],
        ],
    ],
    ["node_pools: auto_repair, auto_upgrade", "true", pools("management", { autoRepair: true, autoUpgrade: true })],
    ["node_pools: image_type", "COS_CONTAINERD", pools("nodeConfig.imageType", "COS_CONTAINERD")],
    ["node_pools: enable_secure_boot", "false", pools("nodeConfig.shieldedInstanceConfig.enableSecureBoot", true)],
    [
        "node_pools: enable_integrity_monitoring",
        "true",
        pools("nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", true),
    ],
    ["node_pools: node_metadata", "GKE_METADATA", pools("nodeConfig.workloadMetadataConfig.mode", "GKE_METADATA")],
    ["node_pools: disable-legacy-endpoints", "true", pools("nodeConfig.metadata.disable-legacy-endpoints", "true")],
    ["windows_node_pools", "none", pools("nodeConfig.windowsNodeConfig", undefined)],
    ["node_pools_labels", "none", [[BUILD, "nodeConfig.labels", { "slsa-build-platform/pool": "build" }]]],
    ["node_pools_resource_labels", "none", pools("nodeConfig.resourceLabels", { platform: "slsa-build" })],
    ["node_pools_metadata", "none", pools("nodeConfig.metadata.block-project-ssh-keys", "true")],
    [
        "node_pools_taints",
        "none",
        [[BUILD, "nodeConfig.taints", [{ key: "slsa-build-platform/pool", value: "build", effect: "NO_SCHEDULE" }]]],
    ],
    [
        "node_pools_tags",
        "none",
        [
            [SYSTEM, "nodeConfig.tags", ["builds-system"]],
            [BUILD, "nodeConfig.tags", ["builds-build"]],
        ],
    ],
    [
        "node_pools_oauth_scopes",
        "cloud-platform",
        pools("nodeConfig.oauthScopes", ["https://www.googleapis.com/auth/cloud-platform"]),
    ],
    [
        "service_account, create_service_account",
        "one for all nodes",
        [
            [SYSTEM, "nodeConfig.serviceAccount", SYSTEM_ACCOUNT],
            [BUILD, "nodeConfig.serviceAccount", BUILD_ACCOUNT],
        ],
    ],
    [
        "its role",
        "container.defaultNodeServiceAccount, monitoring.metricWriter, stackdriver.resourceMetadata.writer",
        [
            ["builds-system-nodes-role", "role", "roles/container.defaultNodeServiceAccount"],
            ["builds-build-nodes-role", "role", "roles/container.defaultNodeServiceAccount"],
        ],
    ],
    [
        "grant_registry_access, registry_project_ids",
        "reads all registries of the project",
        "Reading is granted repository by repository, where the repositories are declared.",
    ],
    ["cluster_autoscaling", "off", [[CLUSTER, "clusterAutoscaling.enabled", false]]],
    ["default_max_pods_per_node", "110", [[CLUSTER, "defaultMaxPodsPerNode", undefined]]],
    ["sandbox_enabled", "false", [[BUILD, "nodeConfig.sandboxConfig", { type: "GVISOR" }]]],
    ["enable_shielded_nodes", "true", [[CLUSTER, "enableShieldedNodes", true]]],
    ["enable_confidential_nodes", "false", [[CLUSTER, "confidentialNodes", undefined]]],
    ["enable_gcfs", "false", [[CLUSTER, "nodePoolDefaults.nodeConfigDefaults.gcfsConfig", undefined]]],

    // What runs on them.
    [
        "identity_namespace",
        "PROJECT.svc.id.goog",
        [[CLUSTER, "workloadIdentityConfig.workloadPool", "test-project.svc.id.goog"]],
    ],
    ["enable_mesh_certificates", "false", [[CLUSTER, "meshCertificates", undefined]]],
    ["horizontal_pod_autoscaling", "true", [[CLUSTER, "addonsConfig.horizontalPodAutoscaling.disabled", false]]],
    ["enable_vertical_pod_autoscaling", "false", [[CLUSTER, "verticalPodAutoscaling", undefined]]],
    ["gce_pd_csi_driver", "true", [[CLUSTER, "addonsConfig.gcePersistentDiskCsiDriverConfig.enabled", true]]],
    ["filestore_csi_driver", "false", [[CLUSTER, "addonsConfig.gcpFilestoreCsiDriverConfig", undefined]]],
    ["gcs_fuse_csi_driver", "false", [[CLUSTER, "addonsConfig.gcsFuseCsiDriverConfig", undefined]]],
    ["config_connector", "false", [[CLUSTER, "addonsConfig.configConnectorConfig.enabled", false]]],
    ["cloudrun", "false", [[CLUSTER, "addonsConfig.cloudrunConfig", undefined]]],
    [
        "gke_backup_agent_config",
        "false",
        "What must outlive the cluster is not in it: images, provenance, keys and log.",
    ],
    ["enable_secret_sync", "false", [[CLUSTER, "secretSyncConfig", undefined]]],

    // What is seen of it.
    [
        "logging_service",
        "logging.googleapis.com/kubernetes",
        [
            [CLUSTER, "loggingService", undefined],
            [
                CLUSTER,
                "loggingConfig.enableComponents",
                ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "WORKLOADS"],
            ],
        ],
    ],
    [
        "monitoring_service, monitoring_enabled_components",
        "monitoring.googleapis.com/kubernetes",
        [
            [CLUSTER, "monitoringService", undefined],
            [
                CLUSTER,
                "monitoringConfig.enableComponents",
                ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"],
            ],
        ],
    ],
    ["monitoring_enable_managed_prometheus", "false", [[CLUSTER, "monitoringConfig.managedPrometheus.enabled", true]]],
    [
        "monitoring_enable_observability_metrics, _relay",
        "false",
        [[CLUSTER, "monitoringConfig.advancedDatapathObservabilityConfig", undefined]],
    ],
    ["security_posture_mode", "DISABLED", [[CLUSTER, "securityPostureConfig.mode", "BASIC"]]],
    [
        "security_posture_vulnerability_mode",
        "none",
        [[CLUSTER, "securityPostureConfig.vulnerabilityMode", "VULNERABILITY_DISABLED"]],
    ],
    ["workload_vulnerability_mode, workload_config_audit_mode", "off", [[CLUSTER, "protectConfig", undefined]]],
    ["enable_cost_allocation", "false", [[CLUSTER, "costManagementConfig", undefined]]],
    ["resource_usage_export_dataset_id", "none", [[CLUSTER, "resourceUsageExportConfig", undefined]]],
];

/** What a hardening guide asks for that the module leaves to GKE's defaults. */
const BEYOND: readonly (readonly [setting: string, here: Met[]])[] = [
    ["no legacy ABAC", [[CLUSTER, "enableLegacyAbac", false]]],
    ["no anonymous requests but for health", [[CLUSTER, "anonymousAuthenticationConfig.mode", "LIMITED"]]],
    [
        "no rights for who is not authenticated",
        [[CLUSTER, "rbacBindingConfig.enableInsecureBindingSystemUnauthenticated", false]],
    ],
    [
        "no tokens or certificates of Kubernetes' own from outside",
        [
            [CLUSTER, "controlPlaneEndpointsConfig.dnsEndpointConfig.enableK8sTokensViaDns", false],
            [CLUSTER, "controlPlaneEndpointsConfig.dnsEndpointConfig.enableK8sCertsViaDns", false],
        ],
    ],
    [
        "no read-only port of the kubelet",
        [
            ...pools("nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled", "FALSE"),
            [CLUSTER, "nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled", "FALSE"],
        ],
    ],
    ["no way in from the internet to a pod", [[CLUSTER, "addonsConfig.httpLoadBalancing.disabled", true]]],
    ["no external addresses of Services", [[CLUSTER, "serviceExternalIpsConfig.enabled", false]]],
];

describe("what terraform's safer-cluster sets", () => {
    let plan: GooglePlan;

    beforeAll(async () => {
        plan = await planGoogle();
    });

    const check = (here: Met[]): void => {
        const found = here.map(([name, path]) => {
            return [name, path, valueAt(resource(plan.snapshot, name).inputs, path.split("."))];
        });
        expect(found).toEqual(here);
    };

    it.each(SETTINGS.filter((row): row is [string, string, Met[]] => typeof row[2] !== "string"))(
        "%s (there: %s) is met",
        (_setting, _there, here) => {
            check(here);
        },
    );

    it.each(SETTINGS.filter((row): row is [string, string, Reason] => typeof row[2] === "string"))(
        "%s (there: %s) is not: %s",
        (_setting, _there, reason) => {
            expect(reason).toMatch(/^[A-Z].{20,}\.$/);
        },
    );

    it.each(BEYOND)("and beyond it: %s", (_setting, here) => {
        check([...here]);
    });

    it("speaks of properties that there are", () => {
        const spoken = [
            ...SETTINGS.flatMap(([, , here]) => (typeof here === "string" ? [] : here)),
            ...BEYOND.flatMap(([, here]) => here),
        ];
        const misspelt = spoken.filter(([name, path]) => {
            // The SDK lists every property of the type, given or not.
            const known = plan.registered.find((registered) => registered.name === name)?.props ?? {};
            return !Object.hasOwn(known, path.split(".")[0] ?? "");
        });
        expect(misspelt).toEqual([]);
    });

    it("names each setting once", () => {
        const names = SETTINGS.map(([setting]) => setting);
        expect(new Set(names).size).toBe(names.length);
    });
});
