import { PROJECT_FOLDER } from "../../plan/project";
import { planStack, stackNames } from "../../plan/stack";
import { RECORD_POLICY, recordPolicyHash } from "../../requirements/record-policy";

const ACCOUNTS = {
    trigger: { namespace: "builds-page", name: "merge-trigger" },
    tekton: { namespace: "tekton-pipelines", name: "tekton-controller-builds-page" },
    chains: { namespace: "tekton-chains", name: "tekton-chains-controller" },
};

/** Fails with the new hash when the policy changes: read the policy, then write the hash to requirements/record-policy.ts. */
it.each(stackNames(PROJECT_FOLDER))(
    "the policy of stack %s that keeps a run's record is the one that was read",
    async (stack) => {
        const { resources } = (await planStack(stack, PROJECT_FOLDER)).snapshot;
        const policy = resources.find(
            ({ name }) => name === "ValidatingAdmissionPolicy/slsa-build-platform.record-by-controllers",
        );
        expect(recordPolicyHash(policy?.inputs["spec"], ACCOUNTS)).toBe(RECORD_POLICY);
    },
);
