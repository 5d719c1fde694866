import { workloadPrincipal, type WorkloadIdentity } from "../../components/workload-identity";

const identity: WorkloadIdentity = {
    projectNumber: "123456789012",
    project: "example-builds",
    namespace: "tekton-chains",
    serviceAccount: "tekton-chains-controller",
};

describe("a workload's IAM member", () => {
    it("is the account itself, in the pool of the cluster's project", () => {
        expect(workloadPrincipal(identity)).toBe(
            "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/example-builds.svc.id.goog/subject/ns/tekton-chains/sa/tekton-chains-controller",
        );
    });

    it("takes the longest names of Kubernetes and Google Cloud", () => {
        const longest = { ...identity, project: `p${"-1".repeat(14)}x`, namespace: "n".repeat(63) };
        expect(workloadPrincipal({ ...longest, serviceAccount: `a.${"b".repeat(251)}` })).toContain(longest.project);
    });

    it.each([
        ["projectNumber", "example-builds"],
        ["projectNumber", ""],
        ["projectNumber", "012"],
        ["projectNumber", "1/2"],
        ["project", "short"],
        ["project", "Example-builds"],
        ["project", "example-builds/x"],
        ["project", `p${"1".repeat(30)}`],
        ["namespace", "a/sa/b"],
        ["namespace", "*"],
        ["namespace", ""],
        ["namespace", "n".repeat(64)],
        ["namespace", "a\n"],
        ["serviceAccount", "a/b"],
        ["serviceAccount", "*"],
        ["serviceAccount", "a".repeat(254)],
    ] as const)("refuses %s %j", (part, value) => {
        expect(() => workloadPrincipal({ ...identity, [part]: value })).toThrow(
            `${part} of a workload identity is "${value}"; it must be`,
        );
    });
});
