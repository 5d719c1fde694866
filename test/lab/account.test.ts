import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { LIFETIME_HOURS } from "../../lab/cluster/certificates";
import type { Lab } from "../../lab/lab";
import { accountKubeconfig } from "../../lab/platform/account";

test("an account's kubeconfig holds its own token, which is good as long as the lab's certificates", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "account-"));
    try {
        const kubectl = path.join(folder, "kubectl");
        const asked = path.join(folder, "asked");
        const view = JSON.stringify({ clusters: [{ name: "lab" }], users: [{ name: "admin" }] });
        writeFileSync(
            kubectl,
            `#!/bin/sh\necho "$*" >> ${asked}\ncase "$*" in *token*) echo hush ;; *) echo '${view}' ;; esac\n`,
            { mode: 0o755 },
        );
        const lab = { programs: { kubectl }, kubeconfig: "/admin", stateDir: folder } as unknown as Lab;
        const account = { namespace: "builds", name: "merge-trigger" };
        const file = await accountKubeconfig(lab, account, path.join(folder, "kubeconfig"));
        expect(readFileSync(asked, "utf8").split("\n")[0]).toBe(
            "--kubeconfig /admin create token merge-trigger --namespace builds --duration 720h",
        );
        expect(LIFETIME_HOURS).toBe(720);
        expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
            clusters: [{ name: "lab" }],
            users: [{ name: "merge-trigger", user: { token: "hush" } }],
            "current-context": "merge-trigger",
        });
        expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
        rmSync(folder, { recursive: true });
    }
});
